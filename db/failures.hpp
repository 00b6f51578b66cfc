// What error::constraint says of a failure in which no constraint of the schema was broken. All of them: db/README.md.
#pragma once

#include <string_view>

namespace bursar::db {

// error::constraint of a row that no partition of its table takes: dependency_unavailable, nothing was applied.
inline constexpr std::string_view no_partition = "no_partition";

// error::constraint of a statement that finds no such schema, table, column or function (3F000, 42P01, 42703, 42883):
// internal, and nothing was applied. The database was never migrated, or not as far as this binary.
inline constexpr std::string_view not_migrated = "not_migrated";

// error::constraint of a statement that the role may not run (42501): internal, nothing was applied.
inline constexpr std::string_view no_right = "no_right";

} // namespace bursar::db
