#include "handlers/operations/probes/probes.hpp"

#include "db/migrations.hpp"
#include "server/http/answer.hpp"
#include "server/json_string.hpp"

#include <array>

namespace bursar::handlers::operations {

namespace http = server::http;
using server::errc;
using server::error;

namespace {

struct check {
    std::string_view name;
    bool up;
    std::string_view trouble; // when it is not
};
using checks = std::array<check, 4>;

const db::statement state_statement{
    "schema_migrations.newest", db::access::read,
    "select coalesce(max(number), 0)::int4, current_setting('synchronous_standby_names') <> '' from schema_migrations"};

// The process's own part of readiness takes no longer than this, whatever the database does.
constexpr auto state_patience = std::chrono::seconds{1};

struct findings {
    checks all;
    std::optional<bool> waits_for_standby; // when the database said
};

awaitable<findings> run_checks(const dependencies& with) {
    const auto wanted = static_cast<std::int32_t>(db::embedded_migrations().size());
    auto seen = co_await with.database.execute(state_statement, {}, server::steady_clock::now() + state_patience);
    const bool missing_table = !seen && seen.error().code == errc::internal;
    const bool reachable = (seen.has_value() || missing_table) && with.database.reachable(); // on every lane
    const std::string_view refused = with.database.refused_for();
    const std::string_view failing = with.database.trouble();
    const bool migrated = seen.has_value() && seen->front().get<std::int32_t>(0) >= wanted;
    const auto unwritable = with.writes.trouble();
    findings out{
        {{{"process", with.state.current() == server::phase::ready, server::to_string(with.state.current())},
          {"database", reachable,
           !refused.empty()  ? refused
           : failing.empty() ? "unreachable"
                             : failing},
          {"migrations", migrated, reachable ? "not applied; run bursar migrate" : "unknown"},
          {"writes", unwritable.empty(), unwritable}}},
        std::nullopt};
    if (seen.has_value())
        out.waits_for_standby = seen->front().get<bool>(1);
    co_return out;
}

// What an operator has to know of what an answered write is worth.
std::string_view word_on_standby(const findings& found) {
    if (!found.waits_for_standby)
        return "unknown";
    if (!*found.waits_for_standby)
        return "none is configured: a failover may lose what was acknowledged";
    return found.all.back().up ? "writes wait for it" : "writes wait for it; it may be missing";
}

std::string render(const findings& found, std::string_view status) {
    const auto& all = found.all;
    std::string out = R"({"status":")" + std::string{status} + R"(","checks":[)";
    for (const auto& c : all) {
        out += &c == &all.front() ? "" : ",";
        out += R"({"name":")" + std::string{c.name} + R"(","status":")" + (c.up ? "up" : "down") + '"';
        if (!c.up)
            out += R"(,"detail":")" + std::string{c.trouble} + '"';
        out += '}';
    }
    return out + R"(],"synchronous_standby":")" + std::string{word_on_standby(found)} + "\"}";
}

bool asks_verbose(const request_context& context) {
    return context.request.query.starts_with("verbose");
}

bool all_up(const checks& all) {
    return std::all_of(all.begin(), all.end(), [](const check& c) { return c.up; });
}

} // namespace

// That there is an answer is the check.
awaitable<response> answer_live(request_context& context) {
    co_return http::data_answer(
        200, asks_verbose(context) ? R"({"status":"alive","checks":[{"name":"event_loop","status":"up"}]})"
                                   : R"({"status":"alive"})");
}

awaitable<response> answer_ready(request_context& context, const dependencies& with) {
    const auto found = co_await run_checks(with);
    const auto& all = found.all;
    if (!all_up(all)) {
        error down{with.state.draining() ? errc::shutting_down : errc::dependency_unavailable};
        for (const auto& c : all)
            if (!c.up)
                down.fields.push_back({std::string{c.name}, std::string{c.trouble}});
        if (asks_verbose(context))
            down.fields.push_back({"synchronous_standby", std::string{word_on_standby(found)}});
        co_return http::problem(context, down);
    }
    co_return http::data_answer(200, asks_verbose(context) ? render(found, "ready") : R"({"status":"ready"})");
}

awaitable<response> answer_health(request_context&, const dependencies& with) {
    const auto found = co_await run_checks(with);
    co_return http::data_answer(200, render(found, all_up(found.all) ? "up" : "degraded"));
}

awaitable<response> answer_metrics(request_context&, const dependencies& with) {
    response answer;
    answer.headers.add("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
    answer.body = with.metrics.render();
    co_return answer;
}

awaitable<response> answer_version(request_context&, const dependencies& with) {
    std::string data = R"({"name":"bursar","version":)";
    server::append_json_string(data, with.version);
    co_return http::data_answer(200, data + "}");
}

} // namespace bursar::handlers::operations
