#include "db/repositories/operations/idempotency_keys.hpp"

#include <cstring>

namespace bursar::db::repositories {

namespace {

// One round trip answers all of it: is the lock ours, is the key new, or what was answered to it.
const statement claim_statement{
    "idempotency_keys.claim", access::write,
    "with lock as materialized (select pg_try_advisory_xact_lock($1) as ours),"
    " made as (insert into idempotency_keys (org_id, route, key, fingerprint)"
    "          select $2, $3, $4, $5 from lock where ours on conflict do nothing returning 1)"
    " select lock.ours, exists (select from made), old.fingerprint, old.status, old.headers, old.body"
    " from lock left join idempotency_keys old on old.org_id = $2 and old.route = $3 and old.key = $4"};

const statement savepoint_statement{"idempotency_keys.savepoint", access::write, "savepoint effect"};
const statement undo_statement{"idempotency_keys.undo", access::write, "rollback to savepoint effect"};

const statement store_statement{
    "idempotency_keys.store", access::write,
    "update idempotency_keys set status = $4, headers = $5, body = $6"
    " where org_id = $1 and route = $2 and key = $3"};

// A 64-bit name for the scope's advisory lock. Two scopes that share one by chance cost a needless 409.
std::int64_t lock_of(const idempotency_scope& scope) {
    std::string text{reinterpret_cast<const char*>(scope.org.bytes.data()), scope.org.bytes.size()};
    text += scope.route;
    text += '\0';
    text += scope.key;
    const auto hash = server::sha256(text);
    std::int64_t lock = 0;
    std::memcpy(&lock, hash.data(), sizeof lock);
    return lock;
}

stored_answer read_answer(const row& from) {
    const auto hash = from.get<std::span<const std::uint8_t>>(2);
    stored_answer answer{
        {}, from.get<std::int16_t>(3), from.get<std::string>(4), from.get<std::optional<std::string>>(5)};
    std::copy(hash.begin(), hash.end(), answer.fingerprint.begin());
    return answer;
}

} // namespace

awaitable<result<claim>> claim_idempotency_key(
    transaction& on, idempotency_scope scope, const server::sha256_hash& fingerprint, deadline until) {
    const auto lock = lock_of(scope);
    for (int attempt = 0; attempt < 2; ++attempt) {
        auto found = co_await on.execute(
            claim_statement, parameters{lock, scope.org, scope.route, scope.key, bytes{fingerprint}}, until);
        if (!found)
            co_return found.error();
        const auto row = found->front();
        if (!row.get<bool>(0))
            co_return claim{claim::state::in_flight, {}};
        if (row.get<bool>(1)) {
            on.enqueue(savepoint_statement, {});
            co_return claim{claim::state::claimed, {}};
        }
        if (!row.is_null(3))
            co_return claim{claim::state::answered, read_answer(row)};
        // Committed between our snapshot and our insert: the next statement's snapshot sees it.
    }
    co_return claim{claim::state::in_flight, {}};
}

awaitable<result<>>
store_answer(transaction& on, idempotency_scope scope, const stored_answer& answer, bool keep_effects, deadline until) {
    if (!keep_effects)
        on.enqueue(undo_statement, {});
    auto done = co_await on.execute_and_commit(
        store_statement, parameters{scope.org, scope.route, scope.key, answer.status, answer.headers, answer.body},
        until);
    if (!done)
        co_return done.error();
    co_return result<>{};
}

} // namespace bursar::db::repositories
