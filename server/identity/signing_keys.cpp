#include "server/identity/signing_keys.hpp"

#include "server/files.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <stdexcept>

namespace bursar::server {

namespace json = boost::json;

namespace {

// Until every process has read the file again.
constexpr std::int64_t announcement = 300;
// Longer than any token lives.
constexpr std::int64_t afterlife = 86'400;

std::int64_t seconds_now() noexcept {
    return now().time_since_epoch() / std::chrono::seconds{1};
}

error unusable(const std::string& path, std::string_view why) {
    return {errc::internal, path + ": " + std::string{why}};
}

} // namespace

result<std::vector<signing_keys::dated_key>> signing_keys::read(const std::string& path) {
    std::string text;
    try {
        text = read_file(path);
    } catch (const unreadable_file& e) {
        return error{errc::internal, e.what()};
    }
    const auto keys = parse_key_set(text);
    if (!keys || keys->empty())
        return unusable(path, "not a JWKS with keys; `bursar signing-keys rotate FILE` makes one");
    std::vector<dated_key> out;
    for (const auto& each : *keys) {
        auto key = json_web_key::parse(each);
        if (!key || !key->is_private())
            return unusable(path, key ? "a key without its private part" : key.error().detail);
        const auto* from = each.if_contains("signs_from");
        out.push_back({std::move(*key), from && from->is_int64() ? from->as_int64() : 0});
    }
    std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.signs_from < b.signs_from; });
    return out;
}

signing_keys::signing_keys(std::string path)
    : path_(std::move(path)) {
    if (path_.empty()) {
        keys_.push_back({json_web_key::generate(), 0});
        return;
    }
    if (const auto done = refresh(); !done)
        throw std::runtime_error(done.error().detail);
}

result<> signing_keys::refresh() {
    if (path_.empty())
        return {};
    std::error_code failed;
    const auto written = std::filesystem::last_write_time(path_, failed);
    if (!failed && written == written_)
        return {};
    auto found = read(path_);
    if (!found)
        return found.error();
    keys_ = std::move(*found);
    written_ = written;
    return {};
}

const json_web_key& signing_keys::current() const noexcept {
    const auto now = seconds_now();
    const auto later =
        std::find_if(keys_.begin(), keys_.end(), [&](const dated_key& each) { return each.signs_from > now; });
    return later == keys_.begin() ? keys_.front().key : std::prev(later)->key;
}

const json_web_key* signing_keys::find(std::string_view id) const noexcept {
    const auto found =
        std::find_if(keys_.begin(), keys_.end(), [&](const dated_key& each) { return each.key.id() == id; });
    return found == keys_.end() ? nullptr : &found->key;
}

std::string signing_keys::public_set() const {
    json::array keys;
    for (const auto& each : keys_)
        keys.push_back(each.key.public_part());
    return json::serialize(json::object{{"keys", std::move(keys)}});
}

std::string signing_keys::write(const std::vector<dated_key>& keys) {
    json::array all;
    for (const auto& each : keys) {
        auto key = each.key.private_part();
        key["signs_from"] = each.signs_from;
        all.push_back(std::move(key));
    }
    return json::serialize(json::object{{"keys", std::move(all)}}) + '\n';
}

void signing_keys::rotate(const std::string& path) {
    std::vector<dated_key> keys;
    const auto now = seconds_now();
    if (std::error_code unclear; std::filesystem::exists(path, unclear) || unclear) {
        auto found = read(path);
        if (!found)
            throw std::runtime_error(found.error().detail);
        keys = std::move(*found);
    }
    // A key has signed until the one behind it began to.
    for (std::size_t i = 0; i + 1 < keys.size();)
        if (keys[i + 1].signs_from + afterlife < now)
            keys.erase(keys.begin() + static_cast<std::ptrdiff_t>(i));
        else
            ++i;
    keys.push_back({json_web_key::generate(), keys.empty() ? now : now + announcement});
    replace_private_file(path, write(keys));
}

} // namespace bursar::server
