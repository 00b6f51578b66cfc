// Periods in PostgreSQL: the months of an organization's books. Every statement is confined to the organizations it
// names. Failures are those of db::session; what a find does not find is errc::not_found. Holds the statements:
// outlives every call.
#pragma once

#include "db/repositories/page.hpp"
#include "db/session.hpp"

#include <boost/describe/enum.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace bursar::db::repositories {

using std::chrono::year_month;

enum class period_status : std::uint8_t { open, closed };
BOOST_DESCRIBE_ENUM(period_status, open, closed)

struct period {
    std::string month; // "2026-10"
    period_status status = period_status::open;
    std::optional<timestamp> closed_at;
    std::optional<uuid> closed_by;
};

// Up to where an organization's books are closed.
struct books {
    uuid org;
    std::optional<timestamp> closed_before; // the first instant that is open; nothing is closed without
};

// What decides whether a month may be closed.
struct closing {
    bool over = false;                          // the month has ended
    std::optional<std::string> earlier_open;    // the first month before it that has entries and is open
    std::optional<repositories::period> period; // the month itself, if it has entries or is closed
};

class period_repository {
public:
    period_repository();

    // Those of the organizations that exist, in no order. Takes no lock: a month may be closed a moment later, and then
    // what is written into it fails with the constraint entries_in_open_period.
    awaitable<result<std::vector<books>>> find_books(session& on, const std::vector<uuid>& orgs, deadline until) const;

    awaitable<result<period>> find(session& on, uuid org, year_month month, deadline until) const;

    // Newest first, those before `before`.
    awaitable<result<page<period>>>
    list(session& on, uuid org, std::optional<year_month> before, int limit, deadline until) const;

    // In a transaction: waits for whatever is writing entries of the organization, keeps it out until the transaction
    // ends, and then looks.
    awaitable<result<closing>> prepare_close(session& on, uuid org, year_month month, deadline until) const;

    // After prepare_close: closes the month and the empty ones before it, with an event each.
    awaitable<result<period>> close(session& on, uuid org, year_month month, uuid actor, deadline until) const;

    // All that this repository can send, for warming up and for the test that looks at their plans.
    std::vector<const statement*> statements() const;

private:
    const statement find_books_;
    const statement find_;
    const statement list_;
    const statement lock_;
    const statement look_;
    const statement close_;
};

} // namespace bursar::db::repositories
