#include "db/driver/sqlstate.hpp"

#include <libpq-fe.h>

namespace bursar::db {

using server::errc;

namespace {

std::string_view field(const PGresult* result, int code) {
    const char* text = PQresultErrorField(result, code);
    return text == nullptr ? std::string_view{} : std::string_view{text};
}

} // namespace

errc code_of(std::string_view sqlstate) noexcept {
    const auto state_class = sqlstate.substr(0, 2);
    if (state_class == refused_by_us)
        return errc::dependency_unavailable;
    if (state_class == "23")
        return errc::conflict;
    if (sqlstate == "57014")
        return errc::deadline_exceeded;
    // 08 connection, 53 resources (53300: too many connections), 57P shutdown and start, 58 input/output; 25006: a
    // primary that became a standby; 25P03 and 25P04: the transaction stood still, or lasted, too long and was rolled
    // back with its session, as when this process was stopped for a while; 40 and 55P03: lost a race for a lock. All
    // certainly not applied: try again later.
    if (sqlstate.empty() || state_class == "08" || state_class == "53" || state_class == "58" || state_class == "40" ||
        sqlstate.starts_with("57P") || sqlstate == "25006" || sqlstate == "25P03" || sqlstate == "25P04" ||
        sqlstate == "55P03" || sqlstate == "26000")
        return errc::dependency_unavailable;
    return errc::internal;
}

failure failure_of(const pg_result* result) {
    failure out;
    const auto state = field(result, PG_DIAG_SQLSTATE);
    const auto severity = field(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    const auto message = field(result, PG_DIAG_MESSAGE_PRIMARY);
    out.reason.code = code_of(state);
    out.local = state.empty();
    out.ends_connection = severity == "FATAL" || severity == "PANIC";
    out.read_only = state == "25006";
    out.cancelled = state == "57014";
    // 0A000 is every unsupported feature; only this one of them is about the plan (RevalidateCachedQuery).
    out.stale_plan =
        state == "26000" || (state == "0A000" && field(result, PG_DIAG_SOURCE_FUNCTION) == "RevalidateCachedQuery");
    if (out.stale_plan)
        out.reason.code = errc::dependency_unavailable;
    const auto constraint = field(result, PG_DIAG_CONSTRAINT_NAME);
    if (out.reason.code == errc::conflict && constraint.empty()) {
        // No constraint refused, so it is not for what was sent: a row without a partition, or a bug such as a missing
        // value.
        const auto place = field(result, PG_DIAG_SOURCE_FUNCTION);
        const bool homeless = place == "ExecFindPartition" || place == "ExecPartitionCheckEmitError";
        out.reason.code = homeless ? errc::dependency_unavailable : errc::internal;
        out.reason.constraint = homeless ? no_partition : std::string_view{};
    } else if (out.reason.code == errc::conflict || state.starts_with(refused_by_us)) {
        out.reason.constraint = constraint;
    } else if (state == "3F000" || state == "42P01" || state == "42703" || state == "42883") {
        out.reason.constraint = not_migrated;
    } else if (state == "42501") {
        out.reason.constraint = no_right;
    }
    out.reason.sqlstate = state;
    out.reason.contended = state == "40001" || state == "40P01" || state == "55P03";
    out.reason.detail.append(state.empty() ? "connection" : state).append(" ");
    out.reason.detail.append(message.empty() ? std::string_view{PQresultErrorMessage(result)} : message);
    return out;
}

bool leaves_commit_in_doubt(const pg_result* notice) noexcept {
    const auto state = field(notice, PG_DIAG_SQLSTATE);
    return field(notice, PG_DIAG_SEVERITY_NONLOCALIZED) == "WARNING" && (state == "01000" || state == "57P01");
}

} // namespace bursar::db
