// Customers in PostgreSQL. Every statement is confined to one organization: another's row does not exist here.
// Failures are those of db::session; what a find does not find is errc::not_found, what a guarded write does not match
// is nullopt, and the caller finds out why. Holds the statements: outlives every call.
#pragma once

#include "db/repositories/page.hpp"
#include "db/session.hpp"
#include "server/schema/values.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace bursar::db::repositories {

struct customer {
    uuid id;
    std::string name;
    std::optional<std::string> email;
    std::optional<std::string> external_reference;
    server::schema::raw_json metadata;
    std::int64_t version = 0;
    timestamp created_at;
    timestamp updated_at;
};

struct new_customer {
    std::string name;
    std::optional<std::string> email;
    std::optional<std::string> external_reference;
    server::schema::raw_json metadata;
};

// Members of the metadata replace those of the same name; null removes them.
struct customer_changes {
    server::schema::patched<std::string> name;
    server::schema::patched<std::string> email;
    server::schema::patched<std::string> external_reference;
    server::schema::patched<server::schema::raw_json> metadata;
};

struct customer_filter {
    std::optional<std::string> email; // without regard to case
    std::optional<std::string> external_reference;
    std::optional<std::string> text; // words of name, email or reference
};

class customer_repository {
public:
    customer_repository();

    // nullopt: the external reference is taken.
    awaitable<result<std::optional<customer>>>
    insert(session& on, uuid org, uuid id, const new_customer& fields, deadline until) const;

    awaitable<result<customer>> find(session& on, uuid org, uuid id, deadline until) const;

    // Newest first, those with ids below `before`.
    awaitable<result<page<customer>>> list(
        session& on, uuid org, const customer_filter& filter, std::optional<uuid> before, int limit,
        deadline until) const;

    // nullopt: no such customer, another version, or nothing would change. A taken external reference is `conflict`.
    awaitable<result<std::optional<customer>>> update(
        session& on, uuid org, uuid id, const expected_versions& versions, const customer_changes& changes,
        deadline until) const;

    // Soft. False: no such customer, another version, open tickets, or accounts that are not closed.
    awaitable<result<bool>>
    remove(session& on, uuid org, uuid id, const expected_versions& versions, deadline until) const;

    // All that this repository can send, for warming up and for the test that looks at their plans.
    std::vector<const statement*> statements() const;

private:
    const statement insert_;
    const statement find_;
    const statement update_;
    const statement remove_;
    std::vector<std::unique_ptr<const statement>> lists_; // by the filters present, one bit each
};

} // namespace bursar::db::repositories
