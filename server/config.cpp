#include "server/config.hpp"

#include "server/ascii.hpp"
#include "server/config_sources.hpp"
#include "server/http/web_origin.hpp"
#include "server/schema/enums.hpp"
#include "server/split.hpp"
#include "server/whole_number.hpp"

#include <algorithm>
#include <stdexcept>

namespace bursar::server {

namespace {

template <auto Member, std::uint64_t Least, std::uint64_t Most>
std::string count(config& c, std::string_view text) {
    const auto value = parse_whole_number<std::uint64_t>(text);
    if (!value || *value < Least || *value > Most)
        return "must be a whole number from " + std::to_string(Least) + " to " + std::to_string(Most);
    c.*Member = static_cast<std::size_t>(*value);
    return {};
}

// Seconds, with a fraction if need be: "30", "0.5".
template <auto Member>
std::string duration_or_none(config& c, std::string_view text) {
    const auto point = text.find('.');
    const auto whole = parse_whole_number<std::uint64_t>(text.substr(0, point));
    std::string fraction{point == std::string_view::npos ? "0" : text.substr(point + 1)};
    const auto digits = fraction.size();
    fraction.resize(3, '0');
    const auto thousandths = parse_whole_number<std::uint64_t>(fraction);
    if (!whole || !thousandths || digits == 0 || digits > 3 || *whole > 86'400)
        return "must be seconds from 0 to 86400, such as 30 or 0.5";
    c.*Member = std::chrono::seconds{*whole} + std::chrono::milliseconds{*thousandths};
    return {};
}

// The same where none at all would let nothing through.
template <auto Member>
std::string duration(config& c, std::string_view text) {
    auto mistake = duration_or_none<Member>(c, text);
    if (!mistake.empty() || c.*Member == std::chrono::milliseconds{0})
        return "must be seconds from 0.001 to 86400, such as 30 or 0.5";
    return mistake;
}

template <auto Member>
std::string text_of(config& c, std::string_view text) {
    c.*Member = std::string{text};
    return {};
}

template <auto Member>
std::string name_of(config& c, std::string_view text) {
    if (text.empty())
        return "must not be empty";
    return text_of<Member>(c, text);
}

template <auto Member>
std::string on_or_off(config& c, std::string_view text) {
    if (text != "on" && text != "off")
        return "must be on or off";
    c.*Member = text == "on";
    return {};
}

template <auto Member>
std::string endpoint(config& c, std::string_view text) {
    const auto colon = text.rfind(':');
    auto host = text.substr(0, colon);
    if (host.size() > 1 && host.front() == '[' && host.back() == ']')
        host = host.substr(1, host.size() - 2);
    const auto address = http::parse_address(host);
    const auto port =
        colon == std::string_view::npos ? std::nullopt : parse_whole_number<std::uint64_t>(text.substr(colon + 1));
    if (!address || !port || *port > 65'535)
        return "must be ADDRESS:PORT, such as 127.0.0.1:8080 or [::]:8080";
    c.*Member = asio::ip::tcp::endpoint{*address, static_cast<std::uint16_t>(*port)};
    return {};
}

template <auto Member>
std::string endpoint_or_none(config& c, std::string_view text) {
    return text.empty() ? std::string{} : endpoint<Member>(c, text);
}

std::string origins(config& c, std::string_view text) {
    for (const auto each : elements_of(text)) {
        auto origin = http::parse_web_origin(each);
        if (!origin)
            return "must be a comma-separated list of exact origins, such as https://app.example.com";
        c.cors_origins.push_back(std::move(*origin));
    }
    return {};
}

std::string proxies(config& c, std::string_view text) {
    for (const auto each : elements_of(text)) {
        const auto network = http::network::parse(each);
        if (!network)
            return "must be a comma-separated list of addresses and networks, such as 10.0.0.0/8 or 2001:db8::/32";
        c.proxies.trusted.push_back(*network);
    }
    return {};
}

std::string proxy_header(config& c, std::string_view text) {
    const auto header = http::parse_client_address_header(text);
    if (!header)
        return "must be X-Forwarded-For, Forwarded or X-Real-Ip";
    c.proxies.header = *header;
    return {};
}

std::string key_set(config& c, std::string_view text) {
    if (text.empty())
        return {};
    auto url = http::parse_client_url(text);
    if (!url)
        return "must be a URL with https or http, without user and password";
    c.idp_jwks = std::move(*url);
    return {};
}

std::string idp_roles(config& c, std::string_view text) {
    for (const auto each : elements_of(text)) {
        const auto equals = each.rfind('=');
        const auto known = schema::parse_enum<role>(each.substr(equals + 1));
        if (equals == 0 || equals == std::string_view::npos || !known)
            return "must be a comma-separated list such as finance=admin, of roles owner, admin, agent and viewer";
        c.idp_roles.insert_or_assign(std::string{each.substr(0, equals)}, *known);
    }
    return {};
}

std::string level(config& c, std::string_view text) {
    static constexpr std::array<std::string_view, 4> names{"debug", "info", "warning", "error"};
    for (std::size_t i = 0; i < names.size(); ++i)
        if (names[i] == text) {
            c.level = static_cast<log_level>(i);
            return {};
        }
    return "must be debug, info, warning or error";
}

std::string database(config& c, std::string_view text) {
    if (text.empty())
        return "must be a PostgreSQL connection string, such as postgresql://user@host/database";
    c.database_url = std::string{text};
    return {};
}

std::string redis(config& c, std::string_view text) {
    if (text.empty())
        return {};
    c.redis = rate_limits::parse_redis_url(text);
    if (!c.redis)
        return "must be redis://[[user:]password@]host[:port][/database], user and password percent-encoded";
    return {};
}

constexpr std::uint64_t most_a_minute = 1'000'000;
constexpr std::uint64_t least_request_memory = std::uint64_t{4} << 20U;

constexpr std::array table{
    setting{"DATABASE_URL", "", "PostgreSQL connection string or URI; several hosts may be listed", database},
    setting{
        "BURSAR_LISTEN", "127.0.0.1:8080", "address and port of the API; port 0 takes a free one",
        endpoint<&config::listen>},
    setting{
        "BURSAR_TLS_LISTEN", "", "address and port of a second, TLS listener", endpoint_or_none<&config::tls_listen>},
    setting{
        "BURSAR_SHARE_PORT", "off",
        "on: processes share these ports, as in a rolling restart; off: a port that is taken is refused",
        on_or_off<&config::share_port>},
    setting{
        "BURSAR_OPERATIONS_LISTEN", "",
        "address and port of a listener for operations: metrics and probes; where it is set, the others have no "
        "/metrics",
        endpoint_or_none<&config::operations_listen>},
    setting{
        "BURSAR_TLS_CERTIFICATE", "", "PEM file of the certificate and its chain; read again on SIGHUP",
        text_of<&config::tls_certificate>},
    setting{
        "BURSAR_TLS_PRIVATE_KEY", "", "PEM file of the certificate's key; read again on SIGHUP",
        text_of<&config::tls_private_key>},
    setting{"BURSAR_LOG_LEVEL", "info", "debug, info, warning or error", level},
    setting{"BURSAR_THREADS", "2", "threads for CPU-heavy work", count<&config::threads, 1, 256>},
    setting{
        "BURSAR_CONNECTION_LIMIT", "20000", "open client connections", count<&config::connection_limit, 1, 1'000'000>},
    setting{
        "BURSAR_IN_FLIGHT_LIMIT", "2000", "requests at work at once; more are shed with 503",
        count<&config::in_flight_limit, 1, 1'000'000>},
    setting{
        "BURSAR_TENANT_HEADROOM", "8",
        "requests that an organization may have at work beyond the average of the others, four times as many if they "
        "write "
        "to the ledger; more wait; 0: any number",
        count<&config::tenant_headroom, 0, 1'000'000>},
    setting{
        "BURSAR_REQUEST_MEMORY", "67108864",
        "bytes that requests may hold at once: four times their bodies, and answers until they are taken, small ones "
        "not "
        "counted; more wait, or get 503",
        count<&config::request_memory, least_request_memory, std::uint64_t{1} << 40U>},
    setting{
        "BURSAR_REQUEST_MEMORY_TENANT", "33554432", "bytes of those that an organization may hold",
        count<&config::request_memory_tenant, least_request_memory, std::uint64_t{1} << 40U>},
    setting{"BURSAR_CORS_ORIGINS", "", "exact origins that browsers may call from, comma-separated", origins},
    setting{
        "BURSAR_CORS_CREDENTIALS", "off", "on: browsers may send what they keep for us, such as cookies of a proxy",
        on_or_off<&config::cors_credentials>},
    setting{
        "BURSAR_TRUSTED_PROXIES", "",
        "addresses and networks, such as 10.0.0.0/8, that are believed whom they speak for, comma-separated", proxies},
    setting{
        "BURSAR_CLIENT_ADDRESS_HEADER", "X-Forwarded-For",
        "the header in which they say so, and the only one: X-Forwarded-For, Forwarded or X-Real-Ip", proxy_header},
    setting{
        "BURSAR_SIGNING_KEYS", "",
        "file of the keys that sign access tokens, made by `bursar signing-keys rotate`; empty: a key of the process's "
        "own",
        text_of<&config::signing_keys>},
    setting{
        "BURSAR_TOKEN_ISSUER", "bursar", "who access tokens say they are from (iss)", name_of<&config::token_issuer>},
    setting{
        "BURSAR_TOKEN_AUDIENCE", "bursar", "whom access tokens say they are for (aud)",
        name_of<&config::token_audience>},
    setting{"BURSAR_SIGN_UP", "off", "on: anybody may begin an organization", on_or_off<&config::sign_up>},
    setting{
        "BURSAR_PASSWORD_THREADS", "1", "passwords that are hashed at once, at 19 MiB each",
        count<&config::password_threads, 1, 64>},
    setting{
        "BURSAR_IDP_ISSUER", "", "issuer (iss) of an outside identity provider whose access tokens let in",
        text_of<&config::idp_issuer>},
    setting{
        "BURSAR_IDP_AUDIENCE", "bursar", "whom the provider's tokens are for (aud)", name_of<&config::idp_audience>},
    setting{"BURSAR_IDP_JWKS_URL", "", "URL of the provider's keys, https or http", key_set},
    setting{"BURSAR_IDP_ORG_CLAIM", "org", "claim with the id of the organization", name_of<&config::idp_org_claim>},
    setting{"BURSAR_IDP_ROLE_CLAIM", "role", "claim with the role, or roles", name_of<&config::idp_role_claim>},
    setting{
        "BURSAR_IDP_ROLES", "",
        "what the claim's values stand for, such as finance=admin,support=agent; empty: roles go by their names",
        idp_roles},
    setting{
        "BURSAR_IDP_TOKEN_LIFETIME", "86400", "seconds that a token of the provider may be valid for, at most",
        duration<&config::idp_token_lifetime>},
    setting{"BURSAR_HEADER_TIMEOUT", "10", "seconds for a request's head", duration<&config::header_timeout>},
    setting{"BURSAR_BODY_TIMEOUT", "30", "seconds for a request's body", duration<&config::body_timeout>},
    setting{
        "BURSAR_WRITE_TIMEOUT", "30",
        "seconds in which a client takes the rest of an answer, or 4 KiB for each of them",
        duration<&config::write_timeout>},
    setting{
        "BURSAR_IDLE_TIMEOUT", "75", "seconds a kept-alive connection may be idle; keep it above the balancer's",
        duration<&config::idle_timeout>},
    setting{
        "BURSAR_REQUEST_TIMEOUT", "10", "seconds until a request's database calls give up",
        duration<&config::request_timeout>},
    setting{
        "BURSAR_DRAIN_GRACE", "5", "seconds of serving on after SIGTERM while /readyz says 503; 0: none",
        duration_or_none<&config::drain_grace>},
    setting{
        "BURSAR_DRAIN_LIMIT", "30", "seconds after which a shutdown ends whatever is left",
        duration<&config::drain_limit>},
    setting{
        "BURSAR_RATE_LIMIT", "6000", "requests a minute of a key or a user that has no limit of its own; 0: no limit",
        count<&config::rate_limit, 0, most_a_minute>},
    setting{
        "BURSAR_RATE_LIMIT_EXPENSIVE", "10",
        "requests a minute of a key or a user to routes that cost much, counted apart; 0: no limit",
        count<&config::rate_limit_expensive, 0, most_a_minute>},
    setting{
        "BURSAR_RATE_LIMIT_LOGIN", "10",
        "attempts to sign in, in 15 minutes, by address and by account, fourfold by IPv6 network (/48); 0: no limit",
        count<&config::rate_limit_login, 0, most_a_minute>},
    setting{
        "BURSAR_RATE_LIMIT_ADDRESS", "60000",
        "requests a minute of an IPv4 address or an IPv6 subnet (/64), whoever is behind it; 0: no limit",
        count<&config::rate_limit_address, 0, most_a_minute>},
    setting{
        "BURSAR_RATE_LIMIT_NETWORK", "240000",
        "requests a minute of an IPv6 network (/48), all its subnets together; 0: no limit",
        count<&config::rate_limit_network, 0, most_a_minute>},
    setting{
        "BURSAR_RATE_LIMIT_TENANT", "30000",
        "requests a minute of an organization, keys without a limit not counted; 0: no limit",
        count<&config::rate_limit_tenant, 0, most_a_minute>},
    setting{
        "BURSAR_REDIS_URL", "",
        "the Redis that processes share these limits in, as redis://[[user:]password@]host[:port][/database]; empty: "
        "none",
        redis},
    setting{
        "BURSAR_DB_READ_CONNECTIONS", "2", "connections that carry all short reads",
        count<&config::db_read_connections, 1, 64>},
    setting{
        "BURSAR_DB_WRITE_CONNECTIONS", "4", "connections for single writing statements",
        count<&config::db_write_connections, 1, 64>},
    setting{
        "BURSAR_DB_BATCH_CONNECTIONS", "2", "connections for the ledger's batches: so many are under way at once",
        count<&config::db_batch_connections, 1, 16>},
    setting{
        "BURSAR_DB_LEASE_CONNECTIONS", "16", "connections for transactions",
        count<&config::db_lease_connections, 1, 256>},
    setting{
        "BURSAR_DB_LIST_CONNECTIONS", "2",
        "connections for lists: reads of many rows, of one organization on half of them at most",
        count<&config::db_list_connections, 1, 64>},
    setting{
        "BURSAR_DB_REPORT_CONNECTIONS", "2", "connections for reports: long reads and exports",
        count<&config::db_report_connections, 1, 64>},
    setting{
        "BURSAR_REPORTS_DATABASE_URL", "",
        "connection string of a read replica that reports are read from; empty: DATABASE_URL",
        text_of<&config::reports_database_url>},
    setting{
        "BURSAR_REPORT_TIMEOUT", "60", "seconds until a report, or one page of a long one, gives up",
        duration<&config::report_timeout>},
    setting{
        "BURSAR_PROVER_INTERVAL", "1", "seconds between two slices of the ledger that are proved; 0: none",
        duration_or_none<&config::prover_interval>},
    setting{
        "BURSAR_SEAL_INTERVAL", "0.5", "seconds between two looks for transfers and facts to seal into blocks; 0: none",
        duration_or_none<&config::seal_interval>},
};

} // namespace

std::span<const setting> settings() noexcept {
    return table;
}

std::string flag_name(const setting& s) {
    auto name = s.name;
    if (name.starts_with("BURSAR_"))
        name.remove_prefix(7);
    std::string flag = "--";
    for (const char c : name)
        flag += c == '_' ? '-' : lower_case(c);
    return flag;
}

const setting* setting_of_flag(std::string_view flag) {
    const auto found = std::find_if(table.begin(), table.end(), [&](const setting& s) { return flag_name(s) == flag; });
    return found == table.end() ? nullptr : &*found;
}

bool is_switch(const setting& s) noexcept {
    return s.fallback == "on" || s.fallback == "off";
}

boost::system::result<config, config_errors> load_config(const config_source& source) {
    config_errors errors;
    const auto values = read_sources(source, errors.messages);
    const auto note = [&](std::string_view name, const std::string& mistake) {
        const auto found = values.find(name);
        if (!mistake.empty())
            errors.messages.push_back(
                (found == values.end() ? std::string{name} : found->second.origin) + ": " + mistake);
    };
    config loaded;
    for (const auto& s : table) {
        const auto found = values.find(s.name);
        note(s.name, s.apply(loaded, found == values.end() ? s.fallback : std::string_view{found->second.value}));
    }
    for (const auto& [name, url] :
         {std::pair{"DATABASE_URL", &loaded.database_url},
          std::pair{"BURSAR_REPORTS_DATABASE_URL", &loaded.reports_database_url}})
        if (source.database_objection != nullptr && !url->empty())
            note(name, source.database_objection(*url));
    if (loaded.tls_listen && (loaded.tls_certificate.empty() || loaded.tls_private_key.empty()))
        errors.messages.push_back("BURSAR_TLS_LISTEN: needs BURSAR_TLS_CERTIFICATE and BURSAR_TLS_PRIVATE_KEY as well");
    const bool taken = loaded.operations_listen == loaded.listen || loaded.operations_listen == loaded.tls_listen;
    if (loaded.operations_listen && loaded.operations_listen->port() != 0 && taken)
        errors.messages.push_back("BURSAR_OPERATIONS_LISTEN: must not be the address of another listener");
    if (!loaded.idp_issuer.empty() && !loaded.idp_jwks)
        errors.messages.push_back("BURSAR_IDP_ISSUER: needs BURSAR_IDP_JWKS_URL as well");
    if (!errors.messages.empty())
        return errors;
    return loaded;
}

void throw_exception_from_error(const config_errors& e, const boost::source_location&) {
    throw std::runtime_error(e.messages.empty() ? "configuration" : e.messages.front());
}

} // namespace bursar::server
