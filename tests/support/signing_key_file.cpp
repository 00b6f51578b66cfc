#include "tests/support/signing_key_file.hpp"

#include "server/time.hpp"
#include "server/uuid.hpp"
#include "tests/support/process.hpp"

#include <boost/json/parse.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace bursar::tests {

signing_key_file::signing_key_file()
    : path_((std::filesystem::temp_directory_path() / ("bursar-keys-" + server::uuid::v7().to_string())).string()) {
    rotate();
}

signing_key_file::~signing_key_file() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
}

std::string signing_key_file::text() const {
    std::ifstream in{path_};
    return {std::istreambuf_iterator<char>{in}, {}};
}

void signing_key_file::write(const std::string& text) const {
    std::ofstream{path_} << text << std::flush;
}

void signing_key_file::rotate() const {
    process done{launch{BURSAR_BINARY, {"signing-keys", "rotate", path_}, {}, {}}};
    if (done.wait_exit() != 0)
        throw std::runtime_error("no signing keys: " + done.log());
}

boost::json::object signing_key_file::entry(std::size_t index) const {
    return boost::json::parse(text()).at("keys").at(index).as_object();
}

server::json_web_key signing_key_file::key(std::size_t index) const {
    return *server::json_web_key::parse(entry(index));
}

boost::json::object good_claims(const std::string& user, const std::string& org, const std::string& session) {
    const auto now = server::now().time_since_epoch() / std::chrono::seconds{1};
    return {{"iss", "bursar"}, {"aud", "bursar"}, {"sub", user}, {"org", org},
            {"sid", session},  {"iat", now},      {"nbf", now},  {"exp", now + 600}};
}

} // namespace bursar::tests
