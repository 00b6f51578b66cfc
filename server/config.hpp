// What an operator can set. From defaults, then a file of NAME=value lines, then the environment, then flags; the last
// one wins. Checked as a whole at start: every mistake is named at once.
#pragma once

#include "server/asio.hpp"
#include "server/http/client.hpp"
#include "server/http/client_address.hpp"
#include "server/identity/role.hpp"
#include "server/rate_limits/redis_address.hpp"
#include "server/telemetry/log.hpp"

#include <boost/system/result.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace bursar::server {

struct config {
    std::string database_url;
    asio::ip::tcp::endpoint listen;
    std::optional<asio::ip::tcp::endpoint> tls_listen;
    bool share_port = false;
    std::optional<asio::ip::tcp::endpoint> operations_listen; // none: operations are asked at `listen`
    std::string tls_certificate;                              // PEM file, chain included
    std::string tls_private_key;                              // PEM file
    log_level level = log_level::info;

    std::size_t threads = 0; // of the pool
    std::size_t connection_limit = 0;
    std::size_t in_flight_limit = 0;
    std::size_t tenant_headroom = 0; // 0: tenants are not told apart
    std::size_t request_memory = 0;  // bytes, of the process and of an organization
    std::size_t request_memory_tenant = 0;
    std::vector<std::string> cors_origins;
    bool cors_credentials = false;
    http::proxy_settings proxies;

    std::string signing_keys; // JWKS file; empty: a key that lives as long as the process
    std::string token_issuer;
    std::string token_audience;
    bool sign_up = false;
    std::size_t password_threads = 0;

    // Of an outside identity provider; without an issuer there is none.
    std::string idp_issuer;
    std::string idp_audience;
    std::optional<http::client_url> idp_jwks;
    std::string idp_org_claim;
    std::string idp_role_claim;
    std::map<std::string, role, std::less<>> idp_roles; // by the claim's value
    std::chrono::milliseconds idp_token_lifetime{};

    std::chrono::milliseconds header_timeout{};
    std::chrono::milliseconds body_timeout{};
    std::chrono::milliseconds write_timeout{};
    std::chrono::milliseconds idle_timeout{};
    std::chrono::milliseconds request_timeout{};
    std::chrono::milliseconds drain_grace{};
    std::chrono::milliseconds drain_limit{};

    std::size_t rate_limit = 0; // calls a minute, and so on; 0: no limit
    std::size_t rate_limit_expensive = 0;
    std::size_t rate_limit_login = 0; // in 15 minutes
    std::size_t rate_limit_address = 0;
    std::size_t rate_limit_network = 0;
    std::size_t rate_limit_tenant = 0;

    std::optional<rate_limits::redis_address> redis; // none: the limits are this process's own

    std::size_t db_read_connections = 0;
    std::size_t db_write_connections = 0;
    std::size_t db_batch_connections = 0;
    std::size_t db_lease_connections = 0;
    std::size_t db_list_connections = 0;
    std::size_t db_report_connections = 0;
    std::string reports_database_url; // empty: database_url
    std::chrono::milliseconds report_timeout{};

    std::chrono::milliseconds prover_interval{}; // 0: the ledger is not proved
    std::chrono::milliseconds seal_interval{};   // 0: no blocks are made
};

// One thing to set: NAME in file and environment, --name as a flag.
struct setting {
    std::string_view name; // "BURSAR_LISTEN"
    std::string_view fallback;
    std::string_view help;
    // Takes the text into the config; returns what is wrong with it, or nothing.
    std::string (*apply)(config&, std::string_view text);
};

std::span<const setting> settings() noexcept;

// "--listen" for "BURSAR_LISTEN".
std::string flag_name(const setting& s);
// The other way round; null: there is none.
const setting* setting_of_flag(std::string_view flag);

// --share-port alone is --share-port on.
bool is_switch(const setting& s) noexcept;

struct config_source {
    std::vector<std::string> arguments; // after the command: --name value, --name=value, --config FILE
    char** environment = nullptr;       // as environ
    // What is wrong with a connection string, or nothing: who speaks to PostgreSQL knows. Null: nobody is asked.
    std::string (*database_objection)(const std::string& url) = nullptr;
};

// Every mistake in one list, each a line for the operator; never the value of a secret.
struct config_errors {
    std::vector<std::string> messages;
};

boost::system::result<config, config_errors> load_config(const config_source& source);

[[noreturn]] void throw_exception_from_error(const config_errors& e, const boost::source_location& where);

// What a setting names cannot be used, as shows only when it is: "BURSAR_SIGNING_KEYS: why".
class wrong_setting : public std::runtime_error {
public:
    wrong_setting(std::string_view name, const std::string& why)
        : std::runtime_error(std::string{name} + ": " + why) {}
};

} // namespace bursar::server
