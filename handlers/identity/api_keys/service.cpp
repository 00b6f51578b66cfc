#include "handlers/identity/api_keys/service.hpp"

#include "handlers/shared/expected_version.hpp"
#include "handlers/shared/refusals.hpp"
#include "server/identity/role.hpp"

#include <limits>

namespace bursar::handlers::api_keys {

using db::repositories::api_key_status;
using server::permission_list;

namespace {

error above_you() {
    return with_message(errc::permission_denied, "That key may do what you may not.");
}

error faster_than_you(std::int64_t yours) {
    auto out = with_message(errc::permission_denied, "That key may ask more often than you may.");
    out.fields.push_back({"/rate_limit", "is above your own limit, which is " + std::to_string(yours) + " a minute"});
    return out;
}

error not_active() {
    return with_message(errc::invalid_state, "The key is revoked or has expired.");
}

bool above(const principal& caller, const permission_list& permissions) noexcept {
    return !caller.holds(server::set_of(permissions));
}

} // namespace

std::int64_t service::pace_of(const std::optional<std::int64_t>& limit) const noexcept {
    const auto pace = limit.value_or(standard_);
    return pace == 0 ? std::numeric_limits<std::int64_t>::max() : pace;
}

std::int64_t service::pace_of(const principal& caller) const noexcept {
    return pace_of(caller.rate_limit ? std::optional<std::int64_t>{*caller.rate_limit} : std::nullopt);
}

awaitable<result<made_api_key>>
service::create(db::session& on, const principal& caller, const new_api_key& input, deadline until) const {
    if (above(caller, input.permissions))
        co_return above_you();
    if (pace_of(input.rate_limit) > pace_of(caller))
        co_return faster_than_you(pace_of(caller));
    if (input.expires_at && *input.expires_at <= server::now())
        co_return invalid("/expires_at", "must lie ahead");
    auto secret = server::make_secret(server::secret_kind::api_key);
    auto made = co_await keys_.insert(on, caller.org, uuid::v7(), input, secret, caller.id, until);
    if (!made)
        co_return made.error();
    co_return made_api_key{std::move(*made), std::move(secret)};
}

awaitable<result<api_key>> service::get(db::session& on, const principal& caller, uuid id, deadline until) const {
    return keys_.find(on, caller.org, id, until);
}

awaitable<result<page<api_key>>>
service::list(db::session& on, const principal& caller, std::optional<uuid> before, int limit, deadline until) const {
    return keys_.list(on, caller.org, before, limit, until);
}

awaitable<result<api_key>>
service::lock_covered(db::transaction& on, const principal& caller, uuid id, deadline until) const {
    auto found = co_await keys_.lock(on, caller.org, id, until);
    if (found && above(caller, found->permissions))
        co_return above_you();
    co_return found;
}

awaitable<result<api_key>> service::patch(
    db::transaction& on, const principal& caller, uuid id, const expected_versions& versions,
    const api_key_changes& changes, deadline until) const {
    auto found = co_await lock_covered(on, caller, id, until);
    if (!found)
        co_return found;
    if (!is_expected(found->version, versions))
        co_return errc::precondition_failed;
    if (changes.permissions && above(caller, *changes.permissions))
        co_return above_you();
    // To make a fast key slower is nobody's gain.
    const auto pace = pace_of(changes.rate_limit.over(found->rate_limit));
    if (pace > pace_of(caller) && pace > pace_of(found->rate_limit))
        co_return faster_than_you(pace_of(caller));
    if (found->status != api_key_status::active)
        co_return not_active();
    // From what was looked at and nothing else: its permissions decided.
    const expected_versions seen{{found->version}};
    auto changed = co_await keys_.update(on, caller.org, id, seen, changes, until);
    if (!changed)
        co_return changed.error();
    if (*changed)
        co_return std::move(**changed);
    auto now = co_await keys_.find(on, caller.org, id, until);
    if (now && now->version != found->version)
        co_return errc::precondition_failed;
    co_return now;
}

awaitable<result<api_key>>
service::revoke(db::transaction& on, const principal& caller, uuid id, deadline until) const {
    const auto found = co_await lock_covered(on, caller, id, until);
    if (!found)
        co_return found.error();
    auto revoked = co_await keys_.revoke(on, caller.org, id, until);
    co_return value_or(std::move(revoked), not_active());
}

awaitable<result<made_api_key>>
service::rotate(db::transaction& on, const principal& caller, uuid id, const rotation& how, deadline until) const {
    const auto old = co_await lock_covered(on, caller, id, until);
    if (!old)
        co_return old.error();
    if (old->status != api_key_status::active)
        co_return not_active();
    // A program would have the secret of the faster key. A person has to be able to renew every key there is.
    if (caller.kind == server::actor_kind::api_key && pace_of(old->rate_limit) > pace_of(caller))
        co_return faster_than_you(pace_of(caller));
    const new_api_key fields{old->name, old->permissions, old->rate_limit, old->expires_at};
    auto secret = server::make_secret(server::secret_kind::api_key);
    auto made = co_await keys_.insert(on, caller.org, uuid::v7(), fields, secret, caller.id, until);
    if (!made)
        co_return made.error();
    const auto replaced = co_await keys_.replace(on, caller.org, id, made->id, how.overlap_seconds, until);
    if (!replaced)
        co_return replaced.error();
    if (!*replaced)
        co_return with_message(errc::invalid_state, "The key has given way to another already.");
    co_return made_api_key{std::move(*made), std::move(secret)};
}

} // namespace bursar::handlers::api_keys
