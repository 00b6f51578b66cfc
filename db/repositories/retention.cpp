#include "db/repositories/retention.hpp"

namespace bursar::db::repositories {

namespace {

const statement purge_keys{
    "idempotency_keys.purge", access::write,
    "delete from idempotency_keys where ctid = any (array(select ctid from idempotency_keys"
    " where created_at < now() - interval '30 days' order by created_at limit $1))"};

const statement purge_refusals{
    "transfer_refusals.purge", access::write,
    "delete from transfer_refusals where ctid = any (array(select ctid from transfer_refusals"
    " where recorded_at < now() - interval '30 days' order by recorded_at limit $1))"};

} // namespace

awaitable<result<bool>> purge_expired(session& on, std::int64_t limit, deadline until) {
    bool more = false;
    for (const auto* purge : {&purge_keys, &purge_refusals}) {
        const auto done = co_await on.execute(*purge, parameters{limit}, until);
        if (!done)
            co_return done.error();
        more = more || done->affected() == static_cast<std::size_t>(limit);
    }
    co_return more;
}

} // namespace bursar::db::repositories
