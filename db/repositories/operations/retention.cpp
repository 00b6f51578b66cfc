#include "db/repositories/operations/retention.hpp"

namespace bursar::db::repositories {

namespace {

const statement purge_statement{"retention.purge", access::write, "select purge_expired($1, $2)"};

} // namespace

awaitable<result<bool>> purge_expired(session& on, timestamp now, std::int64_t limit, deadline until) {
    const auto most = co_await on.execute(purge_statement, parameters{limit, now}, until);
    if (!most)
        co_return most.error();
    co_return most->front().get<std::int64_t>(0) == limit;
}

} // namespace bursar::db::repositories
