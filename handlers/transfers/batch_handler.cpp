#include "handlers/transfers/batch_handler.hpp"

#include "handlers/transfers/request_identity.hpp"
#include "server/http/answer.hpp"
#include "server/schema/schema.hpp"

namespace bursar::handlers::transfers {

namespace http = server::http;
using server::errc;
using server::steady_clock;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t piece = 500; // transfers written and answered at a time
constexpr auto patience = 10s;     // for one piece

batch_answer shown(reply& made) {
    batch_answer out;
    out.replayed = made.replayed;
    if (made.what) {
        out.transfer = std::move(*made.what);
        return out;
    }
    const auto why = made.what.error();
    const auto& standing = server::describe(why.code);
    out.status = standing.status;
    auto& error = out.error.emplace();
    error.code = standing.name;
    error.message = why.message.empty() ? std::string{standing.message} : why.message;
    if (!why.fields.empty())
        error.pointer = why.fields.front().pointer;
    return out;
}

std::string render(std::vector<reply>& replies, std::string_view before) {
    std::string out{before};
    for (auto& made : replies) {
        if (&made != &replies.front())
            out += ',';
        server::schema::render(out, shown(made));
    }
    return out;
}

// What is left of a batch while its answer is streamed.
struct running {
    const service& rules;
    request_identity who;
    std::vector<new_transfer> transfers;
    std::string first; // the answers to the first piece
};

std::span<const new_transfer> piece_at(const std::vector<new_transfer>& all, std::size_t begin) {
    return std::span{all}.subspan(begin, std::min(piece, all.size() - begin));
}

// Carried out to its end even when the client does not stay for it.
awaitable<result<>> stream(std::shared_ptr<running> batch, http::body_writer& to) {
    auto sent = co_await to.write(batch->first);
    for (std::size_t at = piece; at < batch->transfers.size(); at += piece) {
        auto replies = co_await batch->rules.create_each(
            batch->who, piece_at(batch->transfers, at), at, steady_clock::now() + patience);
        if (sent)
            sent = co_await to.write(render(replies, ","));
    }
    if (sent)
        sent = co_await to.write("]}");
    co_return sent;
}

awaitable<http::response> create_whole(http::request_context& context, const dependencies& with, request_identity who) {
    const auto& transfers = context.body<new_batch>().transfers;
    auto made = co_await with.service.create_all(std::move(who), transfers, context.expires);
    if (!made)
        co_return http::problem(context, made.error());
    co_return http::data_answer(200, render(*made, "[") + "]");
}

} // namespace

awaitable<http::response> create_batch(http::request_context& context, const dependencies& with) {
    auto who = identity_of(context);
    auto& body = context.body<new_batch>();
    if (body.atomic)
        co_return co_await create_whole(context, with, std::move(who));
    auto batch = std::make_shared<running>(running{with.service, std::move(who), std::move(body.transfers), {}});
    auto replies = co_await with.service.create_each(batch->who, piece_at(batch->transfers, 0), 0, context.expires);
    const auto& first = replies.front().what;
    if (!first && first.error().code == errc::idempotency_key_reused)
        co_return http::problem(context, first.error());
    batch->first = render(replies, R"({"data":[)");
    http::response answer;
    answer.headers.add("Content-Type", "application/json");
    answer.stream = [batch = std::move(batch)](http::body_writer& to) { return stream(batch, to); };
    co_return answer;
}

} // namespace bursar::handlers::transfers
