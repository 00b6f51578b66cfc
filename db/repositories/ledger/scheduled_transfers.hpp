// Scheduled transfers in PostgreSQL. Every statement is confined to one organization: another's row does not exist
// here. Failures are those of db::session; what a find does not find is errc::not_found, what a guarded write does not
// match is nullopt, and the caller finds out why. Holds the statements: outlives every call.
#pragma once

#include "db/repositories/page.hpp"
#include "db/session.hpp"
#include "server/schema/values.hpp"

#include <boost/describe/enum.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace bursar::db::repositories {

enum class schedule_status : std::uint8_t { active, finished, cancelled };
BOOST_DESCRIBE_ENUM(schedule_status, active, finished, cancelled)

// What becomes of runs that nobody got round to in time.
enum class missed_runs : std::uint8_t { skip, once, all };
BOOST_DESCRIBE_ENUM(missed_runs, skip, once, all)

struct scheduled_leg {
    uuid debit_account_id;
    uuid credit_account_id;
    std::int64_t amount = 0;
};

struct scheduled_transfer {
    uuid id;
    schedule_status status = schedule_status::active;
    std::vector<scheduled_leg> legs;
    std::optional<std::string> description;
    std::optional<std::string> external_reference;
    server::schema::raw_json metadata;
    // Once, or by cron.
    std::optional<timestamp> run_at;
    std::optional<std::string> cron;
    std::optional<std::string> time_zone;
    std::optional<timestamp> ends_at;
    missed_runs missed = missed_runs::once;
    std::optional<timestamp> next_run_at; // of an active one
    std::optional<timestamp> last_run_at;
    std::optional<uuid> last_transfer_id;
    std::optional<std::string> last_refusal; // a code
    std::int64_t runs = 0;
    std::int64_t version = 0;
    timestamp created_at;
    timestamp updated_at;
};

// One whose time has come, taken by this process alone for claim_time.
struct due_schedule {
    uuid org;
    uuid actor;
    bool tried = false; // somebody took it before, and did not come to the end
    timestamp now;      // when it was taken: the earlier one of the database's clock and the caller's
    scheduled_transfer schedule;
};

enum class run_outcome : std::uint8_t { ran, refused, missed };
BOOST_DESCRIBE_ENUM(run_outcome, ran, refused, missed)

struct finished_run {
    uuid org;
    uuid schedule;
    timestamp due; // its next_run_at
    run_outcome outcome = run_outcome::ran;
    std::optional<uuid> transfer_id;  // of one that ran
    std::optional<std::string> code;  // of one that was refused
    std::optional<timestamp> next_at; // or else it is finished
};

class scheduled_transfer_repository {
public:
    static constexpr std::chrono::seconds claim_time{30};
    static constexpr int claim_limit = 100; // in the statement, so that it is planned for so few

    scheduled_transfer_repository();

    // Of the fields: legs, texts, metadata, the schedule and next_run_at.
    awaitable<result<scheduled_transfer>>
    insert(session& on, uuid org, uuid id, const scheduled_transfer& fields, uuid actor, deadline until) const;

    awaitable<result<scheduled_transfer>> find(session& on, uuid org, uuid id, deadline until) const;

    // Newest first, those with ids below `before`.
    awaitable<result<page<scheduled_transfer>>> list(
        session& on, uuid org, std::optional<schedule_status> status, std::optional<uuid> before, int limit,
        deadline until) const;

    // Takes those that are due by both clocks, the longest overdue first, at most claim_limit.
    awaitable<result<std::vector<due_schedule>>> claim(session& on, timestamp now, deadline until) const;

    // Moves them on, with an event for each. Returns the outcomes of those that still stood where they were taken: that
    // is once for each run, whoever tries.
    awaitable<result<std::vector<run_outcome>>>
    finish(session& on, const std::vector<finished_run>& all, deadline until) const;

    // nullopt: there is none, or it is not active, or a run of it is under way.
    awaitable<result<std::optional<scheduled_transfer>>> cancel(session& on, uuid org, uuid id, deadline until) const;

    // All that this repository can send, for warming up and for the test that looks at their plans.
    std::vector<const statement*> statements() const;

private:
    const statement insert_;
    const statement find_;
    const statement list_;
    const statement list_by_status_;
    const statement cancel_;
    const statement claim_;
    const statement finish_;
};

} // namespace bursar::db::repositories
