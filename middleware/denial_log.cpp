#include "middleware/denial_log.hpp"

#include "server/http/origin.hpp"
#include "server/telemetry/log.hpp"

namespace bursar::middleware {

namespace {

using namespace std::chrono_literals;
using db::repositories::audit_outcome;
using db::repositories::audit_record;
using server::steady_clock;

constexpr auto write_time = 1s;

std::string details_of(const denied_call& call, std::uint64_t count) {
    auto out = R"({"operation":")" + std::string{call.route->operation_id};
    if (call.lacked)
        out.append(R"(","permission":")").append(to_string(*call.lacked));
    return out + R"(","count":)" + std::to_string(count) + "}";
}

denied_call call_of(const server::http::request_context& context) {
    denied_call out{context.caller->org, context.caller->id, context.caller->kind, context.route, {}};
    const auto* needed = std::get_if<server::permission>(&*context.route->access);
    if (needed != nullptr && !context.caller->may(*needed))
        out.lacked = *needed;
    return out;
}

} // namespace

void denial_log::add(const server::http::request_context& context) {
    const auto call = call_of(context);
    const auto now = steady_clock::now();
    const auto count = counter_.add(call, now);
    if (count == 0)
        return;
    audit_record record;
    record.org = call.org;
    record.origin = server::http::origin_of(context);
    writing_.spawn("write_denial", append(call, count, std::move(record), now + write_time));
}

// Where each of them came from is not known any more.
server::awaitable<bool> denial_log::write(due which) {
    const auto until = steady_clock::now() + 10s;
    for (const auto& [call, count] : counter_.take(steady_clock::now(), which)) {
        audit_record record;
        record.org = call.org;
        record.origin.kind = server::http::audit_actor_of(call.kind);
        record.origin.actor = call.caller;
        co_await append(call, count, std::move(record), until);
    }
    co_return false;
}

server::awaitable<bool> denial_log::finish() {
    co_await writing_.join(server::deadline::max());
    co_return co_await write(due::at_once);
}

server::awaitable<>
denial_log::append(denied_call call, std::uint64_t count, audit_record record, server::deadline until) {
    record.action = "permission_denied";
    record.outcome = audit_outcome::denied;
    record.details = details_of(call, count);
    const auto written = co_await db::repositories::append(database_, record, until);
    if (written)
        co_return;
    auto line = server::log_warning("denial_not_recorded");
    line.with("error", written.error().detail);
    if (record.origin.request_id)
        line.with("request_id", *record.origin.request_id);
    counter_.take_back(call, count, steady_clock::now());
}

} // namespace bursar::middleware
