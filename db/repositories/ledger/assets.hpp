// Assets in PostgreSQL: what an organization counts in beside the currencies of ISO 4217. Never changed, never deleted.
// Every statement is confined to one organization. Failures are those of db::session; what a find does not find is
// errc::not_found. Holds the statements: outlives every call.
#pragma once

#include "db/repositories/page.hpp"
#include "db/session.hpp"

#include <optional>
#include <string>
#include <vector>

namespace bursar::db::repositories {

struct asset {
    std::string code;
    std::string name;
    std::int64_t exponent = 0;
    timestamp created_at;
};

struct new_asset {
    std::string code;
    std::string name;
    std::int64_t exponent = 0;
};

class asset_repository {
public:
    asset_repository();

    // nullopt: the code is taken.
    awaitable<result<std::optional<asset>>>
    insert(session& on, uuid org, const new_asset& fields, deadline until) const;

    awaitable<result<asset>> find(session& on, uuid org, const std::string& code, deadline until) const;

    // In the order of their codes, those behind `after`.
    awaitable<result<page<asset>>> list(session& on, uuid org, std::string after, int limit, deadline until) const;

    // All that this repository can send, for warming up and for the test that looks at their plans.
    std::vector<const statement*> statements() const;

private:
    const statement insert_;
    const statement find_;
    const statement list_;
};

} // namespace bursar::db::repositories
