#include "db/repositories/retention.hpp"

namespace bursar::db::repositories {

namespace {

const statement purge_keys{
    "idempotency_keys.purge", access::write,
    "delete from idempotency_keys where ctid = any (array(select ctid from idempotency_keys"
    " where created_at < least(now(), $2) - interval '30 days' order by created_at limit $1))"};

const statement purge_refusals{
    "transfer_refusals.purge", access::write,
    "delete from transfer_refusals where ctid = any (array(select ctid from transfer_refusals"
    " where recorded_at < least(now(), $2) - interval '30 days' order by recorded_at limit $1))"};

// With its refresh tokens. A month longer than it lasted, so that an old token still ends in a refusal that is told.
const statement purge_sessions{
    "sessions.purge", access::write,
    "delete from sessions where ctid = any (array(select ctid from sessions"
    " where expires_at < least(now(), $2) - interval '30 days' order by expires_at limit $1))"};

// With the rest of their block, which says that they were there. A day longer, so that no row outlives its fact.
const statement purge_facts{
    "facts_sealed.purge", access::write,
    "delete from facts_sealed where ctid = any (array(select ctid from facts_sealed"
    " where passing and last_recorded_at < least(now(), $2) - interval '31 days' order by last_recorded_at limit $1))"};

} // namespace

awaitable<result<bool>> purge_expired(session& on, timestamp now, std::int64_t limit, deadline until) {
    bool more = false;
    for (const auto* purge : {&purge_keys, &purge_refusals, &purge_sessions, &purge_facts}) {
        const auto done = co_await on.execute(*purge, parameters{limit, now}, until);
        if (!done)
            co_return done.error();
        more = more || done->affected() == static_cast<std::size_t>(limit);
    }
    co_return more;
}

} // namespace bursar::db::repositories
