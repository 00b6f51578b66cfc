// The ledger of an organization of its own: accounts that SQL makes, transfers that the API does.
#pragma once

#include "tests/integration/handlers/desk.hpp"
#include "tests/support/ledger_audit.hpp"

#include <future>

namespace bursar::tests {

// The body of a transfer of one leg, with more members if wanted: R"(,"pending":true)".
std::string
transfer_body(const std::string& debit, const std::string& credit, std::int64_t amount, std::string_view more = {});

inline constexpr const char* transfers_path = "/api/v1/transfers";

class books {
public:
    explicit books(deployment& on = the_deployment());

    const std::string& org() const noexcept { return org_; }
    const std::string& key() const noexcept { return key_; } // of the API
    const postgres_server& postgres() const noexcept { return on_.postgres(); }

    // A connection, to the deployment's server unless a port is given.
    caller connect() const { return caller{key_, on_.port()}; }
    caller connect(std::uint16_t port) const { return caller{key_, port}; }

    std::string account(const account_form& form = {}) const { return insert_account(postgres(), org_, form); }
    // A liability that may not fall below zero, with so much on it.
    std::string wallet(std::int64_t funds = 0, std::optional<std::int64_t> ceiling = {}) const;
    // An asset without limits, where money comes from and goes to.
    const std::string& world() const noexcept { return world_; }

    // A posted transfer, or a pending one, by the API; its id. Throws when it is refused.
    std::string transfer(const std::string& debit, const std::string& credit, std::int64_t amount) const;
    std::string hold(const std::string& debit, const std::string& credit, std::int64_t amount) const;

    // As the database has it, in the account's normal direction.
    std::int64_t posted(const std::string& account) const;
    // Of all kinds.
    std::int64_t transfers() const;
    std::string broken() const { return broken_rules(postgres(), org_); }
    std::string query(const std::string& sql) const { return postgres().query(sql); }

    // Keeps whatever touches the account waiting.
    gate shut(const std::string& account) const;

private:
    std::string make(const std::string& body) const;

    deployment& on_;
    std::string org_;
    std::string key_;
    std::string world_;
};

// Requests that are under way together, each on a connection and a thread of its own; their answers in the same order.
class together {
public:
    void send(caller by, std::string path, std::string body = {}, std::string key = fresh_key());
    std::size_t size() const noexcept { return answers_.size(); }
    std::vector<reply> answers();

private:
    std::vector<std::future<reply>> answers_;
};

// How many of them have the status.
std::size_t count_status(const std::vector<reply>& all, unsigned status);
std::size_t count_code(const std::vector<reply>& all, std::string_view code);

} // namespace bursar::tests
