#include "handlers/ledger/transfers/batch_handler.hpp"

#include "handlers/ledger/transfers/keyed_request.hpp"
#include "server/http/answer.hpp"
#include "server/schema/schema.hpp"
#include "server/telemetry/log.hpp"

namespace bursar::handlers::transfers {

namespace http = server::http;
using server::errc;
using server::error;
using server::steady_clock;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t piece = 500; // transfers written and answered at a time
constexpr auto patience = 10s;     // for one piece

batch_answer shown(transfer_result& made) {
    batch_answer out;
    out.replayed = made.replayed;
    if (made.what) {
        out.transfer = std::move(*made.what);
        return out;
    }
    const auto& why = made.what.error();
    const auto& standing = server::describe(why.code);
    out.status = standing.status;
    auto& error = out.error.emplace();
    error.code = standing.name;
    error.message = why.message.empty() ? std::string{standing.message} : why.message;
    error.doc_url = server::doc_url(why.code);
    if (why.fields.empty())
        return out;
    error.pointer = why.fields.front().pointer;
    auto& fields = error.fields.emplace();
    for (const auto& field : why.fields)
        fields.push_back({field.pointer, field.message});
    return out;
}

std::string render(std::vector<transfer_result>& results, std::string_view before) {
    std::string out{before};
    for (auto& made : results) {
        if (&made != &results.front())
            out += ',';
        server::schema::render(out, shown(made));
    }
    return out;
}

bool all_replayed(const std::vector<transfer_result>& results) {
    return std::all_of(results.begin(), results.end(), [](const auto& made) { return made.replayed; });
}

// It comes again: nothing was done, or nobody knows.
bool comes_again(const transfer_result& made) {
    return !made.what && server::describe(made.what.error().code).status == 503;
}

bool any_comes_again(const std::vector<transfer_result>& results) {
    return std::any_of(results.begin(), results.end(), comes_again);
}

// Why nothing was done, when that is so: then it is the answer to the whole. Where it is not known of one member, it is
// not known of the whole.
std::optional<error> failure_of_all(const std::vector<transfer_result>& results) {
    if (!std::all_of(results.begin(), results.end(), comes_again))
        return std::nullopt;
    const auto unknown = std::find_if(results.begin(), results.end(), [](const auto& made) {
        return made.what.error().code == errc::outcome_unknown;
    });
    return (unknown == results.end() ? results.front() : *unknown).what.error();
}

std::vector<transfer_result> not_tried(std::size_t count) {
    error why{errc::dependency_unavailable};
    why.message = "Not tried, since one before it has failed; nothing was done.";
    return {count, transfer_result{std::move(why), false, {}}};
}

// What is left of a batch while its answer is streamed.
struct running {
    const dependencies& with;
    keyed_request who;
    std::vector<new_transfer> transfers;
    bool answered = false;    // all of it, before
    bool interrupted = false; // some of it has to come again
    std::string first;        // the answers to the first piece
};

std::span<const new_transfer> piece_at(const std::vector<new_transfer>& all, std::size_t begin) {
    return std::span{all}.subspan(begin, std::min(piece, all.size() - begin));
}

awaitable<std::vector<transfer_result>> carry_out(running& batch, std::size_t at, server::deadline until) {
    const auto inputs = piece_at(batch.transfers, at);
    if (batch.interrupted)
        co_return not_tried(inputs.size());
    auto results = co_await batch.with.service.create_each(batch.who, inputs, at, until);
    batch.with.failures.note(batch.who, results);
    batch.interrupted = any_comes_again(results);
    co_return results;
}

// So that a repetition is known as one from its first byte. If this fails, only Idempotent-Replayed is missing then.
awaitable<> conclude(const running& batch) {
    if (batch.answered || batch.interrupted)
        co_return;
    const auto done = co_await batch.with.service.end_batch(batch.who, steady_clock::now() + patience);
    if (!done)
        server::log_warning("transfer_batch_not_concluded")
            .with("request_id", batch.who.request_id)
            .with("error", done.error().detail);
}

// Carried out to its end even when the client does not stay for it. What comes behind a failure is not tried, or it
// would be done before what it may depend on.
awaitable<result<>> stream(std::shared_ptr<running> batch, http::body_writer& to) {
    auto sent = co_await to.write(batch->first);
    for (std::size_t at = piece; at < batch->transfers.size(); at += piece) {
        auto results = co_await carry_out(*batch, at, steady_clock::now() + patience);
        if (sent)
            sent = co_await to.write(render(results, ","));
    }
    if (batch->transfers.size() > piece)
        co_await conclude(*batch);
    if (sent)
        sent = co_await to.write("]}");
    co_return sent;
}

awaitable<http::response> create_each(http::request_context& context, running batch) {
    auto results = co_await carry_out(batch, 0, context.expires);
    if (const auto why = failure_of_all(results))
        co_return http::problem(context, *why);
    http::response answer;
    answer.headers.add("Content-Type", "application/json");
    if (all_replayed(results) && (batch.answered || batch.transfers.size() <= piece))
        http::mark_replayed(answer);
    batch.first = render(results, R"({"data":[)");
    auto left = std::make_shared<running>(std::move(batch));
    answer.stream = [left = std::move(left)](http::body_writer& to) { return stream(left, to); };
    co_return answer;
}

awaitable<http::response> create_all(http::request_context& context, const running& batch) {
    auto made = co_await batch.with.service.create_all(batch.who, batch.transfers, context.expires);
    batch.with.failures.note(batch.who, made);
    if (!made.front().what)
        co_return failure_answer(context, made.front());
    const bool replayed = all_replayed(made);
    auto answer = http::data_answer(200, render(made, "[") + "]");
    if (replayed)
        http::mark_replayed(answer);
    co_return answer;
}

// Its key is bound like that of any batch, or a corrected list would move money under it.
awaitable<http::response> refuse(http::request_context& context, const running& batch, const error& why) {
    auto answer = http::problem(context, why);
    if (batch.answered)
        http::mark_replayed(answer);
    co_await conclude(batch);
    co_return answer;
}

} // namespace

awaitable<http::response> create_batch(http::request_context& context, const dependencies& with) {
    running batch{with, keyed(context), {}, false, false, {}};
    const auto answered = co_await with.service.begin_batch(batch.who, context.expires);
    if (!answered)
        co_return http::problem(context, answered.error());
    batch.answered = *answered;
    if (const auto* fault = context.state.find<server::schema::body_fault>())
        co_return co_await refuse(context, batch, fault->why);
    auto& body = context.body<new_batch>();
    batch.transfers = std::move(body.transfers);
    if (body.atomic)
        co_return co_await create_all(context, batch);
    co_return co_await create_each(context, std::move(batch));
}

} // namespace bursar::handlers::transfers
