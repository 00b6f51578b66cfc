// What scheduled transfers look like on the wire.
#pragma once

#include "db/repositories/ledger/scheduled_transfers.hpp"
#include "handlers/shared/page_query.hpp"
#include "server/schema/declare.hpp"

namespace bursar::db::repositories {

constexpr auto describe_schema(const schedule_status*) {
    return server::schema::enumeration(
        "ScheduleStatus", "Active until its last run, which finishes it, or until it is cancelled.");
}

constexpr auto describe_schema(const missed_runs*) {
    return server::schema::enumeration(
        "MissedRuns", "What becomes of runs that nobody got round to within a minute: nothing, one transfer for all of "
                      "them, or one for each.");
}

constexpr auto describe_schema(const scheduled_leg*) {
    using namespace server::schema;
    return object(
        "ScheduledLeg", "From one account to another.",
        field("debit_account_id", &scheduled_leg::debit_account_id, doc{"The account that will be debited."}),
        field("credit_account_id", &scheduled_leg::credit_account_id, doc{"The account that will be credited."}),
        field(
            "amount", &scheduled_leg::amount, range{1, 9007199254740991}, minor_units{},
            doc{"In minor units of the currency."}, example{"1250"}));
}

constexpr auto describe_schema(const scheduled_transfer*) {
    using namespace server::schema;
    return object(
        "ScheduledTransfer", "A transfer that will be made later, once or again and again.",
        field("id", &scheduled_transfer::id, doc{"Made by the server."}), field("status", &scheduled_transfer::status),
        field("legs", &scheduled_transfer::legs),
        field("description", &scheduled_transfer::description, example{"Rent"}),
        field("external_reference", &scheduled_transfer::external_reference, example{"contract-17"}),
        field("metadata", &scheduled_transfer::metadata, doc{"Your own members."}),
        field("run_at", &scheduled_transfer::run_at, doc{"When, if once."}),
        field("cron", &scheduled_transfer::cron, doc{"When, if again and again."}, example{"0 9 1 * *"}),
        field(
            "time_zone", &scheduled_transfer::time_zone, doc{"Whose clock the expression means."},
            example{"Europe/Berlin"}),
        field("ends_at", &scheduled_transfer::ends_at, doc{"No run comes after it."}),
        field("missed", &scheduled_transfer::missed),
        field("next_run_at", &scheduled_transfer::next_run_at, doc{"Null unless it is active."}),
        field("last_run_at", &scheduled_transfer::last_run_at, doc{"What the last run was scheduled for."}),
        field(
            "last_transfer_id", &scheduled_transfer::last_transfer_id,
            doc{"What the last run made; null when it was refused, or there was none."}),
        field(
            "last_refusal", &scheduled_transfer::last_refusal,
            doc{"The code that the last run was refused with; null when it made a transfer, or there was none."},
            example{"INSUFFICIENT_FUNDS"}),
        field(
            "runs", &scheduled_transfer::runs, range{0, 9007199254740991}, doc{"So far, refused ones counted."},
            example{"3"}),
        field("created_at", &scheduled_transfer::created_at), field("updated_at", &scheduled_transfer::updated_at));
}

} // namespace bursar::db::repositories

namespace bursar::handlers::scheduled_transfers {

using server::timestamp;
using server::uuid;

struct new_scheduled_transfer {
    std::optional<uuid> debit_account_id;
    std::optional<uuid> credit_account_id;
    std::optional<std::int64_t> amount;
    std::optional<std::vector<db::repositories::scheduled_leg>> legs;
    std::optional<std::string> description;
    std::optional<std::string> external_reference;
    server::schema::raw_json metadata;
    std::optional<timestamp> run_at;
    std::optional<std::string> cron;
    std::optional<std::string> time_zone;
    std::optional<timestamp> ends_at;
    db::repositories::missed_runs missed = db::repositories::missed_runs::once;
};

constexpr auto describe_schema(const new_scheduled_transfer*) {
    using namespace server::schema;
    using t = new_scheduled_transfer;
    return object(
        "CreateScheduledTransfer",
        "What to transfer, as for a transfer of now, and when: once at `run_at`, or by `cron` in `time_zone`.",
        field(
            "debit_account_id", &t::debit_account_id, wanted_without{"legs"},
            doc{"The account to debit. Not beside legs."}),
        field(
            "credit_account_id", &t::credit_account_id, wanted_without{"legs"},
            doc{"The account to credit. Not beside legs."}),
        field(
            "amount", &t::amount, range{1, 9007199254740991}, minor_units{}, wanted_without{"legs"},
            doc{"In minor units of the accounts' currency. Not beside legs."}, example{"85000"}),
        field("legs", &t::legs, items{1, 64}, doc{"Several movements, all or none, in their order."}),
        field("description", &t::description, length{1, 500}, not_blank{}, single_line{}, example{"Rent"}),
        field(
            "external_reference", &t::external_reference, length{1, 200}, formats::visible_ascii,
            doc{"Yours; every transfer that is made bears it."}, example{"contract-17"}),
        field("metadata", &t::metadata, optional_with_default{}, free_form{}, doc{"Your own members."}),
        field("run_at", &t::run_at, horizons::plans, doc{"When, if once. Not beside cron."}),
        field(
            "cron", &t::cron, length{1, 200}, single_line{},
            doc{"Minute, hour, day of the month, month, day of the week, with lists, ranges, steps and names; or "
                "@hourly, @daily, @weekly, @monthly, @yearly. A time that the clock skips comes when it is put "
                "forward; one that it shows twice comes the first time."},
            example{"0 9 1 * *"}),
        field(
            "time_zone", &t::time_zone, length{1, 64}, doc{"A name of the tz database, with cron."},
            example{"Europe/Berlin"}),
        field("ends_at", &t::ends_at, horizons::plans, doc{"No run comes after it. With cron."}),
        field("missed", &t::missed, optional_with_default{}));
}

constexpr auto describe_forms(const new_scheduled_transfer*) {
    using server::schema::form;
    return std::array{
        form{
            "CreateSingleScheduledTransfer",
            "From one account to another.",
            {"debit_account_id", "credit_account_id", "amount"},
            {"legs"}},
        form{
            "CreateCompoundScheduledTransfer",
            "Several movements, all or none.",
            {"legs"},
            {"debit_account_id", "credit_account_id", "amount"}}};
}

struct list_query : page_query {
    std::optional<db::repositories::schedule_status> status;
};

constexpr auto describe_schema(const list_query*) {
    using namespace server::schema;
    return object(
        "ListScheduledTransfers", "Which scheduled transfers.", field("status", &list_query::status), cursor_field(),
        limit_field());
}

inline void fill(const list_query& query, std::optional<db::repositories::schedule_status>& out) {
    out = query.status;
}

} // namespace bursar::handlers::scheduled_transfers
