// What periods look like on the wire.
#pragma once

#include "db/repositories/ledger/periods.hpp"
#include "server/schema/declare.hpp"

namespace bursar::db::repositories {

constexpr auto describe_schema(const period_status*) {
    return server::schema::enumeration(
        "PeriodStatus", "A closed month takes no transfer with an effective time in it, and stays closed.");
}

constexpr auto describe_schema(const period*) {
    using namespace server::schema;
    return object(
        "Period", "A month of the books, by effective time in UTC.",
        field("month", &period::month, doc{"Year and month."}, example{"2026-10"}), field("status", &period::status),
        field("closed_at", &period::closed_at, doc{"Null while it is open."}),
        field("closed_by", &period::closed_by, doc{"The API key that closed it."}));
}

} // namespace bursar::db::repositories
