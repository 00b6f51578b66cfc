#include "handlers/operations/probes/write_check.hpp"

#include "server/telemetry/log.hpp"

namespace bursar::handlers::operations {

using namespace std::chrono_literals;
using db::access;
using db::parameters;
using db::statement;
using server::errc;
using server::steady_clock;

namespace {

constexpr auto pause = 5s;      // after a write that went well
constexpr auto patience = 1s;   // until a write that is under way counts as not answered
constexpr auto endurance = 10s; // of one write

const statement little_memory{"write_check.memory", access::read, "select set_config('work_mem', '64kB', true)"};
// What does not fit into so little goes to a file: a full disk refuses it, when the log still has room.
// A commit that is given up leaves its backend waiting for the standby: as long as one waits, none is added.
const statement look_around{
    "write_check.look", access::write,
    "select current_setting('transaction_read_only') = 'off', exists (select from pg_stat_activity where usename ="
    " current_user and wait_event = 'SyncRep' and state_change < clock_timestamp() - interval '2 seconds'), count(*)"
    " from generate_series(1, 10000)"};

} // namespace

write_check::write_check(db::client& database, prometheus::Registry& registry)
    : database_(database)
    , writable_(prometheus::BuildGauge()
                    .Name("bursar_database_writable")
                    .Help("1 while the database takes writes, found out every few seconds by one.")
                    .Register(registry)
                    .Add({})) {}

server::awaitable<db::result<>> write_check::write(server::deadline until) {
    auto on = co_await database_.begin(until);
    if (!on)
        co_return on.error();
    // From here on: how long a connection was waited for says nothing of the database.
    began_ = steady_clock::now();
    under_way_ = true;
    on->enqueue(little_memory, {});
    const auto seen = co_await on->execute(look_around, parameters{}, until);
    if (!seen)
        co_return seen.error();
    if (!seen->front().get<bool>(0))
        co_return server::error{errc::dependency_unavailable, "transactions are read-only"};
    if (seen->front().get<bool>(1))
        co_return server::error{errc::outcome_unknown, "commits wait for the synchronous standby"};
    co_return co_await on->confirm(until);
}

server::awaitable<bool> write_check::step() {
    const auto now = steady_clock::now();
    if (succeeded_ + pause > now)
        co_return false;
    const auto done = co_await write(now + endurance);
    under_way_ = false;
    if (!done && done.error().code == errc::overloaded)
        co_return false;
    const bool was_up = found_.empty();
    if (done) {
        found_ = {};
        succeeded_ = steady_clock::now();
    } else {
        found_ = done.error().code == errc::dependency_unavailable || done.error().code == errc::internal
                     ? "a write was refused: the database is read-only, out of disk or away"
                     : "a write was not answered";
    }
    writable_.Set(done ? 1 : 0);
    if (!done && was_up)
        server::log_error("database_not_writable").with("error", done.error().detail);
    else if (done && !was_up)
        server::log_info("database_writable");
    co_return false;
}

std::string_view write_check::trouble() const noexcept {
    if (under_way_ && began_ + patience <= steady_clock::now())
        return "a write is not answered";
    return found_;
}

} // namespace bursar::handlers::operations
