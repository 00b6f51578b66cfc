// Schema changes: numbered SQL files of db/migrations, embedded in the binary, applied in order under one advisory
// lock, each in a transaction of its own, checksummed. Blocking: for `bursar migrate`, start-up and tests.
#pragma once

#include "server/error.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bursar::db {

struct migration {
    int number;            // 1, 2, 3 … without gaps
    std::string_view name; // "0001_organizations"
    std::string_view sql;
};

// Embedded at build time, in order.
std::span<const migration> embedded_migrations() noexcept;

struct migration_status {
    int number;
    std::string name;
    bool applied;
    std::string applied_at; // as PostgreSQL prints it; empty when not applied
    bool altered;           // applied with another text than the binary holds
};

struct migration_error {
    std::string message;      // for the operator
    bool unavailable = false; // the database is away, or went away before it confirmed
};
template <class T = void>
using migration_result = boost::system::result<T, migration_error>;
[[noreturn]] void throw_exception_from_error(const migration_error& e, const boost::source_location& where);

// Applies what is missing; returns how many. Fails, changing nothing further, when one fails, when an applied one was
// altered, or when the database knows a newer one than the binary (unless that one is additive: see
// db/migrations/README.md).
migration_result<int> migrate(
    const std::string& url, const std::string& search_path = {},
    std::span<const migration> steps = embedded_migrations());

// db/service_grants.sql, embedded at build time: what serving takes, and no more.
const char* service_grants() noexcept;

// Fails when there is no such role, before anything is done for it.
migration_result<> find_role(const std::string& url, const std::string& service_role);

// Lets a role that is there do that, and takes from it whatever else it was granted in this schema: see
// db/migrations/README.md.
migration_result<>
grant_service(const std::string& url, const std::string& service_role, const std::string& search_path = {});

migration_result<std::vector<migration_status>> status(
    const std::string& url, const std::string& search_path = {},
    std::span<const migration> steps = embedded_migrations());

} // namespace bursar::db
