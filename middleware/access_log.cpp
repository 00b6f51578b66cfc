#include "middleware/steps.hpp"
#include "server/telemetry/log.hpp"

namespace bursar::middleware {

namespace {

class access_log_step final : public http::filter {
public:
    explicit access_log_step(http::request_metrics& metrics)
        : metrics_(metrics) {}

    void after(http::request_context& context, http::response& answer) override {
        const auto took = server::steady_clock::now() - context.started;
        metrics_.observe(context.request.method_text, context.route, answer.status, took);
        log(context, answer, took);
    }

private:
    static void log(const http::request_context& context, const http::response& answer, std::chrono::nanoseconds took) {
        using server::log_level;
        const auto level = answer.status >= 500                          ? log_level::warning
                           : context.route->quiet && answer.status < 400 ? log_level::debug
                                                                         : log_level::info;
        if (!server::log_enabled(level))
            return;
        server::log_line line{level, "request"};
        line.with("request_id", context.request_id).with("trace_id", context.trace.trace());
        line.with("method", context.request.method_text).with("route", context.route->path);
        line.with("status", answer.status);
        line.with_milliseconds("duration_ms", std::chrono::duration_cast<std::chrono::microseconds>(took).count());
        if (context.caller)
            line.with("org", context.caller->org).with("principal", context.caller->id);
        if (answer.code)
            line.with("code", server::describe(*answer.code).name);
        if (!context.failure.empty())
            line.with("detail", context.failure);
    }

    http::request_metrics& metrics_;
};

} // namespace

step access_log(http::request_metrics& metrics) {
    return std::make_shared<access_log_step>(metrics);
}

} // namespace bursar::middleware
