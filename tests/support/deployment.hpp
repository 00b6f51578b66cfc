// bursar as it is deployed: the real binary over a PostgreSQL of the test's own, migrated, with one organization and
// one key. For tests that look at the whole. Everything is ended with the object.
#pragma once

#include "tests/support/bursar_server.hpp"
#include "tests/support/http_client.hpp"
#include "tests/support/postgres.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace bursar::tests {

class deployment {
public:
    using settings = bursar_server::settings;

    // durable: fsync on, for tests that kill PostgreSQL. No limit by address unless `extra` sets it: all of a test
    // comes from one.
    explicit deployment(const settings& extra = {}, bool durable = false)
        : deployment(extra, postgres_server::settings{durable, {}, {}}) {}
    deployment(const settings& extra, postgres_server::settings database);

    postgres_server& postgres() noexcept { return postgres_; }
    process& server() noexcept { return server_->program(); }
    bursar_server& bursar() noexcept { return *server_; }
    std::uint16_t port() const noexcept { return server_->port(); }
    // Where the server finds its database: as a role that owns nothing.
    std::string service_url() const;
    const std::string& org() const noexcept { return org_; }
    const std::string& key() const noexcept { return key_; }

    // Starts the server anew on the same port, with the same database.
    void restart_server() { server_->restart(); }

    // What the server was started with, and more, for another one beside it.
    settings environment(const settings& more = {}) const;

    // A second organization's key.
    std::pair<std::string, std::string> create_org(const std::string& name); // id, key

    // Runs `bursar …` to its end and returns what it printed; throws when it fails.
    std::string command(std::vector<std::string> arguments);

    // Authorization, Content-Type, and an Idempotency-Key when one is given.
    std::vector<std::pair<std::string, std::string>> headers(const std::string& idempotency_key = {}) const;

    // A customer, by the API; its id.
    std::string create_customer(const std::string& name = "Ada");

    // Polls until /readyz says the status; throws when it does not within half a minute.
    void wait_until_ready(unsigned status = 200) const { server_->wait_until_ready(status); }

private:
    settings settings_;
    postgres_server postgres_;
    std::optional<bursar_server> server_;
    std::string org_;
    std::string key_;
};

// The string at "name" in a JSON text, the first one; empty when it is not there. Enough for ids in answers.
std::string json_string(std::string_view json, std::string_view name);

// A key no other call returns.
std::string fresh_key();

} // namespace bursar::tests
