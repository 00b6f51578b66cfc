#include "db/repositories/audit_log.hpp"
#include "middleware/denial_counter.hpp"
#include "middleware/steps.hpp"
#include "server/http/origin.hpp"
#include "server/telemetry/log.hpp"

namespace bursar::middleware {

namespace {

using db::repositories::audit_outcome;
using db::repositories::audit_record;
using server::permission;
using server::steady_clock;

constexpr auto write_time = std::chrono::seconds{1}; // a denial waits no longer for its row

audit_record record_of(const http::request_context& context, permission needed, std::uint64_t count) {
    return {
        .org = context.caller->org,
        .origin = http::origin_of(context),
        .action = "permission_denied",
        .outcome = audit_outcome::denied,
        .details = R"({"operation":")" + std::string{context.route->operation_id} + R"(","permission":")" +
                   std::string{to_string(needed)} + R"(","count":)" + std::to_string(count) + "}"};
}

class denials_step final : public http::middleware {
public:
    explicit denials_step(db::client& client)
        : client_(client) {}

    bool applies_to(const http::route& r) const override { return std::holds_alternative<permission>(*r.access); }

    awaitable<http::response> handle(http::request_context& context, http::next rest) override {
        const auto needed = std::get<permission>(*context.route->access);
        if (context.caller->may(needed))
            return rest(context);
        const denied_call call{context.caller->id, context.route};
        const auto count = counter_.add(call, steady_clock::now());
        return count == 0 ? rest(context) : note(context, rest, call, count);
    }

private:
    awaitable<http::response>
    note(http::request_context& context, http::next rest, denied_call call, std::uint64_t count) {
        const auto until = std::min(context.expires, steady_clock::now() + write_time);
        const auto record = record_of(context, std::get<permission>(*context.route->access), count);
        const auto written = co_await append(client_, record, until);
        if (!written) {
            server::log_warning("denial_not_recorded")
                .with("request_id", context.request_id)
                .with("error", written.error().detail);
            counter_.take_back(call, count, steady_clock::now());
        }
        co_return co_await rest(context);
    }

    db::client& client_;
    denial_counter counter_;
};

} // namespace

step denials(db::client& client) {
    return std::make_shared<denials_step>(client);
}

} // namespace bursar::middleware
