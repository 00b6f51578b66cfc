#include "db/connect_options.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <memory>
#include <stdexcept>

namespace bursar::db {

namespace {

// A space or backslash inside one value of the `options` keyword is escaped with a backslash (libpq, 34.1.2).
std::string option(std::string_view name, std::string_view value) {
    std::string out = " -c ";
    out.append(name).append("=");
    for (const char c : value) {
        if (c == ' ' || c == '\\')
            out += '\\';
        out += c;
    }
    return out;
}

void rotate(std::string& list) {
    const auto comma = list.find(',');
    if (comma != std::string::npos)
        list = list.substr(comma + 1) + "," + list.substr(0, comma);
}

} // namespace

connect_options::connect_options(const connect_settings& settings) {
    char* message = nullptr;
    const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> parsed{
        PQconninfoParse(settings.url.c_str(), &message), &PQconninfoFree};
    const std::unique_ptr<char, decltype(&PQfreemem)> owned{message, &PQfreemem};
    if (!parsed)
        throw std::invalid_argument("the database URL is not one that libpq understands");
    for (const auto* o = parsed.get(); o->keyword != nullptr; ++o)
        if (o->val != nullptr)
            pairs_.emplace_back(o->keyword, o->val);

    set_default("application_name", settings.application_name);
    set_default("client_encoding", "UTF8");
    set_default("target_session_attrs", settings.session_attrs);
    // Of commands, which wait for it; a loop has its own.
    set_default("connect_timeout", "5");
    // A peer that is gone without a word is noticed within about half a minute.
    set_default("keepalives_idle", "15");
    set_default("keepalives_interval", "5");
    set_default("keepalives_count", "3");
    set_default("tcp_user_timeout", "15000");

    // Settings travel with the start packet: no round trip. Ours first, so that the URL's own win.
    std::string ours = option("TimeZone", "UTC") + option("jit", "off") +
                       option("client_connection_check_interval", "10s") +
                       option("idle_in_transaction_session_timeout", "60s");
    if (settings.statement_timeout.count() > 0)
        ours += option("statement_timeout", std::to_string(settings.statement_timeout.count()));
    if (!settings.search_path.empty())
        ours += option("search_path", settings.search_path);
    for (const auto& [name, value] : settings.more)
        ours += option(name, value);
    // Nobody's to change: a commit that gave up its synchronous standby says so in a warning and nowhere else.
    const auto last = option("client_min_messages", "warning");
    if (auto* const own = find("options"))
        *own = ours + " " + *own + last;
    else
        pairs_.emplace_back("options", ours + last);
}

std::string* connect_options::find(std::string_view keyword) {
    const auto at = std::find_if(pairs_.begin(), pairs_.end(), [keyword](const auto& p) { return p.first == keyword; });
    return at == pairs_.end() ? nullptr : &at->second;
}

void connect_options::set_default(std::string_view keyword, std::string value) {
    if (find(keyword) == nullptr)
        pairs_.emplace_back(keyword, std::move(value));
}

connect_options::arrays connect_options::get() const {
    arrays out;
    for (const auto& [keyword, value] : pairs_) {
        out.keywords.push_back(keyword.c_str());
        out.values.push_back(value.c_str());
    }
    out.keywords.push_back(nullptr);
    out.values.push_back(nullptr);
    return out;
}

void connect_options::rotate_hosts() {
    for (const auto* keyword : {"host", "hostaddr", "port"})
        if (auto* const list = find(keyword))
            rotate(*list);
}

} // namespace bursar::db
