// What periods look like on the wire.
#pragma once

#include "db/repositories/ledger/periods.hpp"
#include "handlers/shared/resource.hpp"
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

namespace bursar::handlers {

// It changes once.
template <>
struct resource<db::repositories::period> {
    static std::chrono::year_month place(const db::repositories::period& shown) {
        return *server::parse_month(shown.month);
    }
    static std::string tag(const db::repositories::period& shown) {
        return entity_tag(shown.status == db::repositories::period_status::closed ? 2 : 1);
    }
};

} // namespace bursar::handlers
