#include "db/repositories/ledger/batch_keys.hpp"

#include "db/repositories/reading.hpp"

namespace bursar::db::repositories {

using server::errc;
using server::error;

// The log is flushed in its order, so the commit of a member, which waits for that, makes the claim in front of it
// durable too: the claim itself need not wait. With neither a row that was there nor one that was made, another
// request's is being made: the next statement sees it.
batch_key_repository::batch_key_repository()
    : claim_(
          "batch_keys.claim", access::write,
          "with known as materialized (select request_hash, answered from (select 1 n, request_hash, answered"
          " from transfer_batch_keys where idempotency_key = $2 and org_id = $1 union all"
          " select 2, request_hash, false from transfers where idempotency_key = $4 and org_id = $1 union all"
          " select 3, request_hash, false from transfer_refusals where org_id = $1 and idempotency_key = $4) k"
          " order by n limit 1),"
          " made as (insert into transfer_batch_keys (org_id, idempotency_key, request_hash)"
          " select $1, $2, $3 from set_config('synchronous_commit', 'off', true)"
          " where not exists (select from known) on conflict do nothing returning request_hash, answered)"
          " select request_hash, answered from known union all select request_hash, answered from made")
    , set_answered_(
          "batch_keys.set_answered", access::write,
          "update transfer_batch_keys set answered = true where idempotency_key = $2 and org_id = $1") {}

awaitable<result<batch_key>> batch_key_repository::claim(
    session& on, uuid org, uuid key, uuid request_hash, uuid first_member, deadline until) const {
    for (int attempts = 0; attempts < 2; ++attempts) {
        auto found = co_await on.execute(claim_, parameters{org, key, request_hash, first_member}, until);
        if (!found && found.error().code == errc::outcome_unknown)
            co_return error{errc::dependency_unavailable, found.error().detail};
        if (!found)
            co_return found.error();
        if (!found->empty())
            co_return batch_key{found->front().get<uuid>(0), found->front().get<bool>(1)};
    }
    co_return error{errc::dependency_unavailable, "the key is being claimed by others"};
}

awaitable<result<>> batch_key_repository::set_answered(session& on, uuid org, uuid key, deadline until) const {
    return perform(on, set_answered_, parameters{org, key}, until);
}

std::vector<const statement*> batch_key_repository::statements() const {
    return {&claim_, &set_answered_};
}

} // namespace bursar::db::repositories
