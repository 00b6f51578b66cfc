#include "db/repositories/operations/idempotency_keys.hpp"
#include "middleware/body_work.hpp"
#include "middleware/refuse.hpp"
#include "middleware/request_transaction.hpp"
#include "middleware/steps.hpp"
#include "server/http/answer.hpp"
#include "server/http/request_key.hpp"

namespace bursar::middleware {

namespace {

using db::repositories::claim;
using db::repositories::idempotency_scope;
using db::repositories::stored_answer;

// The key of a bare or quoted field value; empty when it is neither, too long, or not visible ASCII.
std::string_view parse_key(std::string_view text) noexcept {
    if (text.size() >= 2 && text.front() == '"' && text.back() == '"')
        text = text.substr(1, text.size() - 2);
    const bool fits = !text.empty() && text.size() <= 255;
    const bool visible = std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~' && c != '"'; });
    return fits && visible ? text : std::string_view{};
}

// Under the name of the draft, or the older one; who sends both means the same by them.
result<std::string_view> key_of(const http::request_context& context) {
    const auto header = context.request.header("Idempotency-Key");
    const auto other = context.request.header("X-Idempotency-Key");
    if (header.empty() && other.empty())
        return errc::idempotency_key_missing;
    const auto key = parse_key(header.empty() ? other : header);
    if (key.empty())
        return errc::idempotency_key_invalid;
    if (!other.empty() && parse_key(other) != key) {
        error differ{errc::idempotency_key_invalid};
        differ.message = "Idempotency-Key and X-Idempotency-Key are not the same.";
        return differ;
    }
    return key;
}

// As "POST /api/v1/tickets".
std::string route_of(const http::request_context& context) {
    return std::string{context.request.method_text} + ' ' + std::string{context.route->path};
}

// Of what was read, so that the same request in other words is the same request: ids of the path as ids, the body as
// its DTO (server/schema/canonical.hpp).
server::sha256_hash fingerprint_of(http::request_context& context) {
    std::string text{context.request.method_text};
    text.append(1, '\0').append(context.route->path);
    for (const auto& [name, value] : context.parameters) {
        const auto id = server::uuid::parse(value);
        text.append(1, '\0').append(id ? id->to_string() : std::string{value});
    }
    text.append(1, '\0').append(context.request.query).append(1, '\0');
    if (const auto& body = context.route->body)
        body.append_canonical(text, context);
    return server::sha256(text);
}

// The same where it takes long.
awaitable<result<server::sha256_hash>> fingerprint_on_pool(http::request_context& context, server::thread_pool& pool) {
    const auto work = [&context] { return fingerprint_of(context); };
    return on_pool(pool, context, work);
}

// As before fingerprints were of what was read; those that are stored still are.
server::sha256_hash fingerprint_of_bytes(const http::request_context& context) {
    std::string text{context.request.method_text};
    for (const auto part : {context.request.target, std::string_view{context.payload}})
        text.append(1, '\0').append(part);
    return server::sha256(text);
}

// What stands behind the answer when the same request comes again. Our own failures do not: they were rolled back. Nor
// does a fault of the request itself: it comes again corrected.
bool worth_storing(const http::response& answer) noexcept {
    return answer.status < 500 && answer.status != 400 && answer.status != 401 && answer.status != 403 &&
           answer.status != 413 && answer.status != 429 && answer.code != errc::validation_failed &&
           answer.code != errc::invalid_cursor;
}

class idempotency_step final : public http::middleware {
public:
    idempotency_step(db::client& client, server::thread_pool& pool)
        : client_(client)
        , pool_(pool) {}

    bool applies_to(const http::route& r) const override { return r.idempotent == http::idempotency::required; }

    awaitable<http::response> handle(http::request_context& context, http::next rest) override {
        const auto key = key_of(context);
        if (!key)
            co_return http::problem(context, key.error());
        const auto route = route_of(context);
        const idempotency_scope scope{context.caller->org, route, *key};

        const auto begun = co_await begin_request_transaction(client_, context);
        if (!begun)
            co_return http::problem(context, begun.error());
        auto answer = co_await claim_and_run(context, rest, scope);
        co_await end_request_transaction(context);
        co_return answer;
    }

private:
    awaitable<http::response> claim_and_run(http::request_context& context, http::next rest, idempotency_scope scope) {
        auto& transaction = *context.state.find<db::transaction>();
        server::sha256_hash fingerprint{};
        if (has_long_body(context)) {
            const auto made = co_await fingerprint_on_pool(context, pool_);
            if (!made)
                co_return http::problem(context, made.error());
            fingerprint = *made;
        } else {
            fingerprint = fingerprint_of(context);
        }
        auto claimed =
            co_await db::repositories::claim_idempotency_key(transaction, scope, fingerprint, context.expires);
        if (!claimed)
            co_return http::problem(context, claimed.error());
        if (claimed->now == claim::state::in_flight)
            co_return http::problem(context, errc::idempotency_in_flight);
        if (claimed->now == claim::state::answered)
            co_return co_await answer_again(context, transaction, std::move(*claimed->answer), fingerprint);

        auto answer = co_await rest(context);
        if (!worth_storing(answer))
            co_return answer;
        const stored_answer kept{
            fingerprint, static_cast<std::int16_t>(answer.status), std::string{answer.headers.lines()},
            answer.body_for_repeats.value_or(answer.body)};
        auto stored =
            co_await db::repositories::store_answer(transaction, scope, kept, answer.status < 400, context.expires);
        if (!stored)
            co_return http::problem(context, stored.error());
        co_return answer;
    }

    // Only once the first answer is known to last: its commit may still wait for a standby, or have given that up.
    static awaitable<http::response> answer_again(
        http::request_context& context, db::transaction& transaction, stored_answer kept,
        const server::sha256_hash& fingerprint) {
        const auto confirmed = co_await transaction.confirm(context.expires);
        if (!confirmed)
            co_return http::problem(context, confirmed.error());
        if (!kept.body)
            co_return http::problem(context, errc::gone);
        co_return is_of(context, fingerprint, kept.fingerprint) ? replay(std::move(kept))
                                                                : http::problem(context, errc::idempotency_key_reused);
    }

    static bool is_of(
        const http::request_context& context, const server::sha256_hash& fingerprint,
        const server::sha256_hash& stored) {
        return stored == fingerprint || stored == fingerprint_of_bytes(context);
    }

    static http::response replay(stored_answer kept) {
        http::response answer;
        answer.status = static_cast<unsigned>(kept.status);
        answer.headers.add_lines(kept.headers);
        http::mark_replayed(answer);
        answer.body = std::move(*kept.body);
        return answer;
    }

    db::client& client_;
    server::thread_pool& pool_;
};

class request_key_step final : public http::middleware {
public:
    explicit request_key_step(server::thread_pool& pool)
        : pool_(pool) {}

    bool applies_to(const http::route& r) const override { return r.idempotent == http::idempotency::by_handler; }

    awaitable<http::response> handle(http::request_context& context, http::next rest) override {
        const auto key = key_of(context);
        if (!key)
            return refuse(context, key.error());
        if (has_long_body(context))
            return keep_slowly(context, rest, *key);
        keep(context, *key, fingerprint_of(context));
        return rest(context);
    }

private:
    awaitable<http::response> keep_slowly(http::request_context& context, http::next rest, std::string_view key) {
        const auto fingerprint = co_await fingerprint_on_pool(context, pool_);
        if (!fingerprint)
            co_return http::problem(context, fingerprint.error());
        keep(context, key, *fingerprint);
        co_return co_await rest(context);
    }

    static void keep(http::request_context& context, std::string_view key, const server::sha256_hash& fingerprint) {
        auto scope = route_of(context);
        scope.append(1, '\0').append(key);
        context.state.emplace<http::request_key>(
            server::uuid::v8(server::sha256(scope)), server::uuid::v8(fingerprint),
            [&context] { return server::uuid::v8(fingerprint_of_bytes(context)); });
    }

    server::thread_pool& pool_;
};

} // namespace

step request_key(server::thread_pool& pool) {
    return std::make_shared<request_key_step>(pool);
}

step idempotency(db::client& client, server::thread_pool& pool) {
    return std::make_shared<idempotency_step>(client, pool);
}

} // namespace bursar::middleware
