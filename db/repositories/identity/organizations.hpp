// Organizations in PostgreSQL. Failures are those of db::session. Holds the statements: outlives every call.
#pragma once

#include "db/repositories/page.hpp"
#include "db/session.hpp"

#include <optional>
#include <string>
#include <vector>

namespace bursar::db::repositories {

struct organization {
    uuid id;
    std::string name;
    std::int64_t version = 0;
    timestamp created_at;
    timestamp updated_at;
};

struct organization_changes {
    std::string name;
};

class organization_repository {
public:
    organization_repository();

    awaitable<result<>> insert(session& on, uuid id, const std::string& name, deadline until) const;
    awaitable<result<organization>> find(session& on, uuid id, deadline until) const;

    // nullopt: no such organization, another version, or nothing would change.
    awaitable<result<std::optional<organization>>> update(
        session& on, uuid id, const expected_versions& versions, const organization_changes& changes,
        deadline until) const;

    // All that this repository can send, for warming up and for the test that looks at their plans.
    std::vector<const statement*> statements() const;

private:
    const statement insert_;
    const statement find_;
    const statement update_;
};

} // namespace bursar::db::repositories
