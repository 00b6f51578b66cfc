#include "db/repositories/ledger/final_time.hpp"

namespace bursar::db::repositories {

final_time_repository::final_time_repository()
    : raise_("final_time.raise", access::write, "select raised, writers::text, final from raise_entries_floor($1)")
    , settle_("final_time.settle", access::write, "select settle_final($1, $2::text[])") {}

awaitable<result<raised_floor>> final_time_repository::raise(session& on, timestamp wanted, deadline until) const {
    const auto raised = co_await on.execute(raise_, parameters{wanted}, until);
    if (!raised)
        co_return raised.error();
    raised_floor out;
    raised->front().read(out.at, out.writers, out.final_before);
    co_return out;
}

awaitable<result<bool>> final_time_repository::settle(session& on, const raised_floor& floor, deadline until) const {
    parameters values{floor.at, floor.writers};
    const auto settled = co_await on.execute(settle_, std::move(values), until);
    if (!settled)
        co_return settled.error();
    co_return settled->front().get<bool>(0);
}

} // namespace bursar::db::repositories
