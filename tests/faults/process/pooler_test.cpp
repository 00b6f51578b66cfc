// bursar behind pgbouncer as it comes: in session mode it serves, in transaction mode it refuses, and says why.
#include "tests/support/deployment.hpp"

#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace bursar::tests::pooler_test {

using namespace std::chrono_literals;

namespace {

constexpr const char* program = "/usr/sbin/pgbouncer";

bool skipped_without_it() {
    if (::access(program, X_OK) == 0)
        return false;
    BOOST_TEST_MESSAGE("skipped: pgbouncer is not installed");
    return true;
}

class pooler {
public:
    pooler(const postgres_server& in_front_of, const std::string& mode)
        : port_(free_port())
        , folder_(std::filesystem::temp_directory_path() / ("pooler-" + fresh_key())) {
        std::filesystem::create_directory(folder_);
        std::ofstream{folder_ / "users"} << "\"bursar_service\" \"\"\n";
        std::ofstream{folder_ / "ini"} << "[databases]\n* = host=127.0.0.1 port=" << in_front_of.port()
                                       << "\n[pgbouncer]\nlisten_addr=127.0.0.1\nlisten_port=" << port_
                                       << "\nunix_socket_dir=\nauth_type=trust\nauth_file="
                                       << (folder_ / "users").string() << "\npool_mode=" << mode
                                       << "\ndefault_pool_size=60\nmax_client_conn=200\n";
        std::vector<std::string> words{(folder_ / "ini").string()};
        if (::geteuid() == 0)
            words.insert(words.begin(), {"-u", "postgres"});
        running_.emplace(launch{program, std::move(words), {}, {}});
        running_->wait_for_line("process up");
    }
    ~pooler() {
        running_.reset();
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }
    pooler(const pooler&) = delete;
    pooler& operator=(const pooler&) = delete;

    std::string url() const { return "postgresql://bursar_service@127.0.0.1:" + std::to_string(port_) + "/postgres"; }

private:
    std::uint16_t port_;
    std::filesystem::path folder_;
    std::optional<process> running_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(poolers)

BOOST_AUTO_TEST_CASE(one_that_lends_whole_sessions_serves) {
    if (skipped_without_it())
        return;
    deployment on;
    const pooler between{on.postgres(), "session"};
    const bursar_server behind{on.environment({{"DATABASE_URL", between.url()}})};
    http_client client{behind.port()};
    BOOST_TEST(
        client.request("POST", "/api/v1/customers", on.headers(fresh_key()), R"({"name":"Ada"})").status == 201U);
    BOOST_TEST(client.request("GET", "/api/v1/customers", on.headers()).status == 200U);
}

BOOST_AUTO_TEST_CASE(one_that_lends_them_by_the_transaction_is_refused_by_name) {
    if (skipped_without_it())
        return;
    deployment on;
    const pooler between{on.postgres(), "transaction"};
    process serving{launch{
        BURSAR_BINARY,
        {"serve"},
        on.environment({{"DATABASE_URL", between.url()}, {"BURSAR_LISTEN", "127.0.0.1:0"}}),
        {}}};
    const auto line = serving.wait_for_line("database_connection_failed", 10s);
    BOOST_TEST(line.find("a pooler stands between") != std::string::npos, line);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::pooler_test
