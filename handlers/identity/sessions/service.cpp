#include "handlers/identity/sessions/service.hpp"

#include "handlers/shared/refusals.hpp"

namespace bursar::handlers::sessions {

using db::repositories::audit_record;
using db::repositories::membership;

using server::secret_kind;
using server::rate_limits::by_id;
using server::rate_limits::by_name;
using server::rate_limits::scope;

namespace {

// However often it is refreshed, a session ends, and takes the password again.
constexpr std::chrono::hours session_life{24 * 30};

error wrong_credentials() {
    return with_message(errc::unauthenticated, "The e-mail address or the password is wrong.");
}

// What is kept of the address that a user came from: a hash of both, of IPv6 with the /64.
std::optional<server::sha256_hash> place_of(uuid user, const request_origin& from) {
    boost::system::error_code failed;
    const auto address = server::asio::ip::make_address(from.client_address.value_or(""), failed);
    if (failed)
        return std::nullopt;
    const auto network = server::rate_limits::by_address(scope::login_address, address);
    std::string both;
    both.append(user.bytes.begin(), user.bytes.end()).append(network.id.begin(), network.id.end());
    return server::sha256(both);
}

error no_session() {
    return with_message(errc::permission_denied, "Only a user who signed in here has sessions and a password.");
}

} // namespace

audit_record audit_record_of(
    std::string action, uuid org, uuid user, const request_origin& from, std::string resource_type, uuid resource) {
    audit_record out{.org = org, .origin = from, .action = std::move(action)};
    out.origin.kind = server::audit_actor::user;
    out.origin.actor = user;
    out.resource_type = std::move(resource_type);
    out.resource_id = resource.to_string();
    return out;
}

session_tokens service::make_tokens(
    uuid user, uuid org, server::role role, uuid session, std::string refresh_token,
    server::timestamp expires_at) const {
    session_tokens out;
    out.access_token = tokens_.issue(user, org, session);
    out.expires_in = server::access_token_life.count();
    out.refresh_token = std::move(refresh_token);
    out.refresh_expires_at = expires_at;
    out.session_id = session;
    out.user_id = user;
    out.organization_id = org;
    out.role = role;
    return out;
}

awaitable<result<std::optional<password_holder>>> service::try_password(
    db::client& database, const std::string& email, const std::string& password, sign_in_attempt& by,
    deadline until) const {
    auto holder = co_await users_.find_password(database, email, until);
    if (!holder)
        co_return holder.error();
    if (*holder)
        co_return co_await try_password(database, std::move(**holder), password, by, until);
    const auto account = by_name(scope::login_account, email);
    co_return co_await verify(database, std::move(*holder), account, password, by, until);
}

awaitable<result<std::optional<password_holder>>> service::try_password(
    db::client& database, password_holder holder, const std::string& password, sign_in_attempt& by,
    deadline until) const {
    const auto account = by_id(scope::login_account, holder.id);
    return verify(database, std::move(holder), account, password, by, until);
}

awaitable<result<std::optional<password_holder>>> service::verify(
    db::client& database, std::optional<password_holder> holder, server::rate_limits::subject account,
    const std::string& password, sign_in_attempt& by, deadline until) const {
    by.left = co_await limits_.take(account, limits_.policies().login);
    if (!by.left.allowed()) {
        const auto known = co_await knows(database, holder, by, until);
        if (!known)
            co_return known.error();
        if (!*known)
            co_return errc::rate_limited;
        by.left = {};
    }
    std::optional<std::string> hash;
    if (holder)
        hash = holder->password_hash;
    const auto verdict = co_await passwords_.verify(password, std::move(hash));
    if (!verdict)
        co_return verdict.error();
    if (!verdict->matches) {
        if (holder)
            failures_.note(holder->id, by.from);
        co_return std::optional<password_holder>{};
    }
    if (verdict->outdated)
        co_return co_await renew(database, std::move(*holder), password, until);
    co_return holder;
}

awaitable<result<bool>> service::knows(
    db::client& database, const std::optional<password_holder>& holder, const sign_in_attempt& by,
    deadline until) const {
    const auto user = holder ? holder->id : uuid{};
    const auto place = place_of(user, by.from);
    if (!place)
        co_return false;
    co_return co_await sessions_.knows_address(database, user, *place, until);
}

awaitable<result<std::optional<password_holder>>>
service::renew(db::client& database, password_holder holder, const std::string& password, deadline until) const {
    auto fresh = co_await passwords_.hash(password);
    // What does not succeed now will at the next sign-in.
    if (!fresh)
        co_return holder;
    const auto replaced = co_await users_.replace_password(database, holder, *fresh, until);
    if (!replaced)
        co_return holder;
    if (*replaced) {
        holder.password_hash = std::move(*fresh);
        co_return holder;
    }
    // Somebody was faster, and has another hash of the same password or one of another.
    auto now = co_await users_.find_password(database, holder.id, until);
    if (!now || !*now)
        co_return now;
    const auto verdict = co_await passwords_.verify(password, (*now)->password_hash);
    if (!verdict)
        co_return verdict.error();
    if (!verdict->matches)
        now->reset();
    co_return now;
}

awaitable<result<session_tokens>>
service::sign_in(db::client& database, const credentials& given, sign_in_attempt& by, deadline until) const {
    const auto proved = co_await try_password(database, given.email, given.password, by, until);
    if (!proved)
        co_return proved.error();
    if (!*proved)
        co_return wrong_credentials();
    const auto& holder = **proved;
    const auto as = co_await users_.find_membership(database, holder.id, given.organization_id, until);
    if (!as)
        co_return as.error();
    if (!*as)
        co_return with_message(errc::permission_denied, "You are not a member of that organization.");
    auto transaction = co_await database.begin(until);
    if (!transaction)
        co_return transaction.error();
    // A session that is not opened yet is not there for a change of password to end.
    const auto confirmed = co_await users_.confirm_password(*transaction, holder, until);
    if (!confirmed)
        co_return confirmed.error();
    if (!*confirmed)
        co_return wrong_credentials();
    auto opened = co_await open(*transaction, holder.id, **as, by.from, until);
    if (!opened)
        co_return opened.error();
    const auto record = audit_record_of("signed_in", (*as)->org, holder.id, by.from, "sessions", opened->session_id);
    const auto committed = co_await append_and_commit(*transaction, record, until);
    if (!committed)
        co_return committed.error();
    co_return opened;
}

awaitable<result<session_tokens>>
service::open(db::session& on, uuid user, const membership& as, const request_origin& from, deadline until) const {
    auto refresh_token = server::make_secret(secret_kind::refresh_token);
    const db::repositories::new_user_session fields{
        as.org, uuid::v7(), user, from.client_address, from.user_agent, session_life, server::sha256(refresh_token)};
    const auto expires = co_await sessions_.insert(on, fields, until);
    if (!expires)
        co_return expires.error();
    if (const auto place = place_of(user, from)) {
        const auto noted = co_await sessions_.note_address(on, user, *place, until);
        if (!noted)
            co_return noted.error();
    }
    co_return make_tokens(user, as.org, as.role, fields.id, std::move(refresh_token), *expires);
}

awaitable<result<session_tokens>>
service::refresh(db::client& database, const std::string& token, const request_origin& from, deadline until) const {
    if (!server::well_formed_secret(secret_kind::refresh_token, token))
        co_return errc::unauthenticated;
    const auto hash = server::sha256(token);
    auto transaction = co_await database.begin(until);
    if (!transaction)
        co_return transaction.error();
    const auto presented = co_await sessions_.present(*transaction, hash, until);
    if (!presented)
        co_return presented.error();
    if (!*presented || (*presented)->ended)
        co_return errc::unauthenticated;
    const auto& known = **presented;
    if (known.used) {
        const auto revoked = co_await sessions_.revoke(*transaction, known.user, known.session, until);
        if (!revoked)
            co_return revoked.error();
        auto record = audit_record_of("refresh_token_reused", known.org, known.user, from, "sessions", known.session);
        record.outcome = db::repositories::audit_outcome::denied;
        const auto committed = co_await append_and_commit(*transaction, record, until);
        if (!committed)
            co_return committed.error();
        co_return with_message(
            errc::unauthenticated, "This refresh token was used before; its session has been ended.");
    }
    auto next = server::make_secret(secret_kind::refresh_token);
    const auto next_hash = server::sha256(next);
    const auto rotated = co_await sessions_.rotate(*transaction, known, hash, next_hash, until);
    if (!rotated)
        co_return rotated.error();
    const auto committed = co_await transaction->commit(until);
    if (!committed)
        co_return committed.error();
    co_return make_tokens(known.user, known.org, known.role, known.session, std::move(next), known.expires_at);
}

awaitable<result<std::string>> service::hash_new(std::string password, std::string email, std::string pointer) const {
    std::vector<std::string> about{std::move(email)};
    auto weak = co_await passwords_.objection(password, std::move(about));
    if (!weak)
        co_return weak.error();
    if (*weak)
        co_return invalid(std::move(pointer), "must not " + **weak);
    co_return co_await passwords_.hash(std::move(password));
}

awaitable<result<>> service::change_password(
    db::client& database, const principal& caller, const password_change& change, sign_in_attempt& by,
    deadline until) const {
    if (!caller.session)
        co_return no_session();
    const auto holder = co_await users_.find_password(database, caller.id, until);
    if (!holder)
        co_return holder.error();
    if (!*holder)
        co_return no_session();
    const auto proved = co_await try_password(database, **holder, change.current_password, by, until);
    if (!proved)
        co_return proved.error();
    if (!*proved)
        co_return invalid("/current_password", "is not your password");
    if (change.new_password == change.current_password)
        co_return invalid("/new_password", "must not be the present one");
    const auto email = co_await users_.find_email(database, caller.id, until);
    if (!email)
        co_return email.error();
    const auto fresh = co_await hash_new(change.new_password, *email, "/new_password");
    if (!fresh)
        co_return fresh.error();
    auto transaction = co_await database.begin(until);
    if (!transaction)
        co_return transaction.error();
    const auto replaced = co_await users_.replace_password(*transaction, **proved, *fresh, until);
    if (!replaced)
        co_return replaced.error();
    if (!*replaced)
        co_return with_message(errc::conflict, "The password was changed by somebody else meanwhile.");
    const auto revoked = co_await sessions_.revoke_all(*transaction, caller.id, caller.session, until);
    if (!revoked)
        co_return revoked.error();
    const auto record = audit_record_of("password_changed", caller.org, caller.id, by.from, "users", caller.id);
    co_return co_await append_and_commit(*transaction, record, until);
}

awaitable<result<page<user_session>>>
service::list(db::session& on, const principal& caller, std::optional<uuid> before, int limit, deadline until) const {
    if (!caller.session)
        co_return no_session();
    co_return co_await sessions_.list(on, caller.id, before, limit, until);
}

awaitable<result<>> service::revoke(
    db::client& database, const principal& caller, uuid id, std::string action, const request_origin& from,
    deadline until) const {
    if (!caller.session)
        co_return no_session();
    auto transaction = co_await database.begin(until);
    if (!transaction)
        co_return transaction.error();
    const auto org = co_await sessions_.revoke(*transaction, caller.id, id, until);
    if (!org)
        co_return org.error();
    if (!*org)
        co_return errc::not_found;
    const auto record = audit_record_of(std::move(action), **org, caller.id, from, "sessions", id);
    co_return co_await append_and_commit(*transaction, record, until);
}

awaitable<result<>>
service::revoke_all(db::client& database, const principal& caller, const request_origin& from, deadline until) const {
    if (!caller.session)
        co_return no_session();
    auto transaction = co_await database.begin(until);
    if (!transaction)
        co_return transaction.error();
    const auto orgs = co_await sessions_.revoke_all(*transaction, caller.id, std::nullopt, until);
    if (!orgs)
        co_return orgs.error();
    for (const auto& org : *orgs)
        enqueue(*transaction, audit_record_of("signOutEverywhere", org, caller.id, from, "users", caller.id));
    // Those that had ended before are said to have ended, too.
    co_return co_await transaction->confirm(until);
}

} // namespace bursar::handlers::sessions
