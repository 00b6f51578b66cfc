#include "db/connect_options.hpp"

#include "server/split.hpp"
#include "server/whole_number.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <memory>
#include <stdexcept>
#include <utility>

namespace bursar::db {

namespace {

void rotate(std::string& list) {
    const auto comma = list.find(',');
    if (comma != std::string::npos)
        list = list.substr(comma + 1) + "," + list.substr(0, comma);
}

// The words of the `options` keyword: a space or backslash inside one is escaped with a backslash (libpq, 34.1.2).
std::vector<std::string> words_of(std::string_view options) {
    std::vector<std::string> out;
    bool inside = false;
    for (std::size_t i = 0; i < options.size(); ++i) {
        if (options[i] == ' ') {
            inside = false;
            continue;
        }
        if (!std::exchange(inside, true))
            out.emplace_back();
        if (options[i] == '\\' && i + 1 < options.size())
            ++i;
        out.back() += options[i];
    }
    return out;
}

using keyword_values = std::vector<std::pair<std::string, std::string>>;

// False: libpq cannot read it. What it says of that may hold a password.
bool parse_url(const std::string& url, keyword_values& out) {
    char* message = nullptr;
    const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> parsed{
        PQconninfoParse(url.c_str(), &message), &PQconninfoFree};
    const std::unique_ptr<char, decltype(&PQfreemem)> owned{message, &PQfreemem};
    if (!parsed)
        return false;
    for (const auto* o = parsed.get(); o->keyword != nullptr; ++o)
        if (o->val != nullptr)
            out.emplace_back(o->keyword, o->val);
    return true;
}

// What libpq looks at only when it connects, and then says in words of its own (libpq, 34.1.2).
struct choice {
    std::string_view keyword;
    std::string_view values;
};
constexpr std::array<choice, 4> choices{{
    {"sslmode", "disable, allow, prefer, require, verify-ca, verify-full"},
    {"target_session_attrs", "any, read-write, read-only, primary, standby, prefer-standby"},
    {"channel_binding", "disable, prefer, require"},
    {"gssencmode", "disable, prefer, require"},
}};
constexpr std::array<std::string_view, 6> numbers{"connect_timeout",     "keepalives",       "keepalives_idle",
                                                  "keepalives_interval", "keepalives_count", "tcp_user_timeout"};

// "5432", or "5432,5433": one for all hosts or one for each; an empty one is the usual one.
bool are_ports(std::string_view list, std::size_t hosts) {
    const auto ports = server::split(list, ',');
    const auto is_port = [](std::string_view port) {
        const auto number = server::parse_whole_number<unsigned>(port);
        return port.empty() || (number && *number > 0 && *number <= 65'535);
    };
    return std::all_of(ports.begin(), ports.end(), is_port) && (ports.size() == 1 || ports.size() == hosts);
}

// What is nobody's to change. A commit that waits for nothing is not durable; a commit that gave up its synchronous
// standby says so in a warning and nowhere else; without row security an organization's rows are anybody's; a session
// or a transaction that is ended for its age is one of ours that went well.
constexpr std::string_view fixed = //
    ", set_config('client_min_messages', 'warning', false)"
    ", set_config('synchronous_commit', case when current_setting('synchronous_commit') in ('off', 'local') then 'on'"
    " else current_setting('synchronous_commit') end, false)"
    ", set_config('row_security', 'on', false)"
    ", set_config('default_transaction_isolation', 'read committed', false)"
    ", set_config('idle_session_timeout', '0', false)"
    // From PostgreSQL 17 on.
    ", case when current_setting('transaction_timeout', true) is not null"
    " then set_config('transaction_timeout', '0', false) end";

// A primary that everybody reads only, or whose triggers are switched off.
constexpr std::string_view objections = //
    "case when current_setting('session_replication_role') <> 'origin' then 'session_replication_role is not origin'"
    " when current_setting('default_transaction_read_only') = 'on' and not pg_is_in_recovery()"
    " then 'default_transaction_read_only is on' end";

} // namespace

std::string url_objection(const std::string& url) {
    keyword_values given;
    if (!parse_url(url, given))
        return "must be a PostgreSQL connection string, such as postgresql://user@host/database";
    std::size_t hosts = 1;
    for (const auto& [keyword, value] : given)
        if (keyword == "host" || keyword == "hostaddr")
            hosts = static_cast<std::size_t>(std::count(value.begin(), value.end(), ',')) + 1;
    for (const auto& [keyword, value] : given) {
        if (keyword == "port" && !are_ports(value, hosts))
            return "its port must be a number from 1 to 65535, or one for each host";
        if (std::find(numbers.begin(), numbers.end(), keyword) != numbers.end() &&
            !server::parse_whole_number<int>(value))
            return "its " + keyword + " must be a whole number";
        for (const auto& each : choices)
            if (const auto known = server::elements_of(each.values);
                keyword == each.keyword && std::find(known.begin(), known.end(), value) == known.end())
                return "its " + keyword + " must be one of " + std::string{each.values};
    }
    return {};
}

connect_options::connect_options(const connect_settings& settings) {
    if (!parse_url(settings.url, pairs_))
        throw std::invalid_argument("the database URL is not one that libpq understands");

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

    set_session("TimeZone", "UTC");
    set_session("jit", "off");
    set_session("client_connection_check_interval", "10s");
    set_session("idle_in_transaction_session_timeout", "60s");
    // Zero as well: a role may have one.
    set_session("statement_timeout", std::to_string(settings.statement_timeout.count()));
    if (!settings.search_path.empty())
        set_session("search_path", settings.search_path);
    for (const auto& [name, value] : settings.more)
        set_session(name, value);
    take_own_options();
}

// "-c name=value", "-cname=value" and "--name=value", which is all that most people write there. What is anything else
// stays where it is.
void connect_options::take_own_options() {
    auto* const own = find("options");
    if (own == nullptr)
        return;
    const auto words = words_of(*own);
    std::vector<std::pair<std::string, std::string>> taken;
    for (std::size_t i = 0; i < words.size(); ++i) {
        std::string_view word = words[i];
        if (word == "-c" && i + 1 < words.size())
            word = words[++i];
        else if (word.starts_with("--") || word.starts_with("-c"))
            word.remove_prefix(2);
        else
            return;
        const auto equals = word.find('=');
        if (equals == std::string_view::npos || equals == 0)
            return;
        std::string name{word.substr(0, equals)};
        std::replace(name.begin(), name.end(), '-', '_');
        taken.emplace_back(std::move(name), word.substr(equals + 1));
    }
    for (auto& [name, value] : taken)
        set_session(name, std::move(value));
    std::erase_if(pairs_, [](const auto& p) { return p.first == "options"; });
}

const std::string* connect_options::find(std::string_view keyword) const {
    const auto at = std::find_if(pairs_.begin(), pairs_.end(), [keyword](const auto& p) { return p.first == keyword; });
    return at == pairs_.end() ? nullptr : &at->second;
}

std::string* connect_options::find(std::string_view keyword) {
    return const_cast<std::string*>(std::as_const(*this).find(keyword));
}

void connect_options::set_default(std::string_view keyword, std::string value) {
    if (find(keyword) == nullptr)
        pairs_.emplace_back(keyword, std::move(value));
}

// Names of settings have no case.
void connect_options::set_session(std::string_view name, std::string value) {
    const auto same = [name](const auto& known) {
        return std::equal(known.first.begin(), known.first.end(), name.begin(), name.end(), [](char a, char b) {
            return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
        });
    };
    if (const auto at = std::find_if(session_.begin(), session_.end(), same); at != session_.end())
        at->second = std::move(value);
    else
        session_.emplace_back(name, std::move(value));
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

std::size_t connect_options::hosts() const {
    std::ptrdiff_t most = 0;
    for (const auto* keyword : {"host", "hostaddr"})
        if (const auto* const list = find(keyword))
            most = std::max(most, std::count(list->begin(), list->end(), ','));
    return static_cast<std::size_t>(most) + 1;
}

std::chrono::seconds connect_options::patience() const {
    const auto* const given = find("connect_timeout");
    const auto seconds = server::parse_whole_number<int>(given == nullptr ? "" : *given).value_or(5);
    return std::chrono::seconds{seconds > 0 ? std::max(seconds, 2) : 3600}; // as libpq has it
}

std::string session_columns(const connect_options& options) {
    std::string out;
    for (std::size_t i = 0; i < options.session().size(); ++i)
        out += ", set_config($" + std::to_string(2 * i + 1) + ", $" + std::to_string(2 * i + 2) + ", false)";
    return out.append(fixed);
}

std::vector<const char*> session_values(const connect_options& options) {
    std::vector<const char*> out;
    for (const auto& [name, value] : options.session()) {
        out.push_back(name.c_str());
        out.push_back(value.c_str());
    }
    return out;
}

std::string_view objection_column() noexcept {
    return objections;
}

} // namespace bursar::db
