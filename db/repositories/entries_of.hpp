// The from-item, named `e`, that finds the entries of a transfer: by the accounts it names and its recorded_at, which
// lead to its month and to their places in the index. "offset 0" keeps the planner at that, whatever it knows of the
// tables.
#pragma once

#include <string>

namespace bursar::db::repositories {

inline std::string entries_of(const std::string& transfer) {
    return "(select entry.* from unnest(" + transfer +
           ".account_ids) named (account_id) cross join lateral"
           " (select * from entries where org_id = " +
           transfer + ".org_id and account_id = named.account_id and recorded_at = " + transfer +
           ".recorded_at and transfer_id = " + transfer + ".id offset 0) entry) e";
}

} // namespace bursar::db::repositories
