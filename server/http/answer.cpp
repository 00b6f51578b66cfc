#include "server/http/answer.hpp"

#include "server/http/bearer_token.hpp"
#include "server/http/media_type.hpp"
#include "server/json_string.hpp"

namespace bursar::server::http {

namespace {

constexpr std::string_view json_type = "application/json";
constexpr std::string_view problem_type = "application/problem+json";

void append_fields(std::string& out, const error& e) {
    out += "\"fields\":[";
    for (const auto& field : e.fields) {
        if (&field != &e.fields.front())
            out += ',';
        out += "{\"pointer\":";
        append_json_string(out, field.pointer);
        out += ",\"message\":";
        append_json_string(out, field.message);
        out += '}';
    }
    out += ']';
}

std::string render_envelope(const error& e, const error_description& what, std::string_view request_id) {
    std::string out = R"({"error":{"code":")";
    out += what.name;
    out += R"(","message":)";
    append_json_string(out, e.message.empty() ? what.message : std::string_view{e.message});
    if (!e.fields.empty()) {
        out += ',';
        append_fields(out, e);
    }
    out += R"(,"doc_url":)";
    append_json_string(out, doc_url(what.code));
    out += R"(,"request_id":)";
    append_json_string(out, request_id);
    out += "}}";
    return out;
}

// RFC 9457 section 3.1, with the envelope's fields as extension members. The title is that of the type, and so of the
// code; what is particular to the occurrence is the detail.
std::string render_problem(const error& e, const error_description& what, std::string_view request_id) {
    std::string out = R"({"type":)";
    append_json_string(out, doc_url(what.code));
    out += R"(,"title":)";
    append_json_string(out, what.message);
    out += R"(,"status":)" + std::to_string(what.status) + R"(,"detail":)";
    append_json_string(out, e.message.empty() ? what.message : std::string_view{e.message});
    out += R"(,"code":")";
    out += what.name;
    out += '"';
    if (!e.fields.empty()) {
        out += ',';
        append_fields(out, e);
    }
    out += R"(,"request_id":)";
    append_json_string(out, request_id);
    out += '}';
    return out;
}

// A password that is wrong on a route that needs no token says nothing about the token.
bool refuses_token(const request_context& context) {
    const bool needs_token = context.route == nullptr || !std::holds_alternative<anyone>(*context.route->access);
    return needs_token && !bearer_token(context.request.header(field::authorization)).empty();
}

response render(const error& e, std::string_view request_id, bool as_problem, bool invalid_token = false) {
    const auto& what = describe(e.code);
    response answer;
    answer.status = what.status;
    answer.code = e.code;
    answer.headers.add("Content-Type", as_problem ? problem_type : json_type);
    answer.headers.add("Cache-Control", "no-store");
    if (what.retry != server::retry_class::never)
        answer.headers.add("Retry-After", "1");
    if (e.code == errc::unauthenticated)
        answer.headers.add("WWW-Authenticate", invalid_token ? R"(Bearer error="invalid_token")" : "Bearer");
    answer.body = as_problem ? render_problem(e, what, request_id) : render_envelope(e, what, request_id);
    return answer;
}

std::string message_of(const rate_limits::policy& spent) {
    std::string out = "Too many requests: the budget \"" + std::string{spent.name} + "\" of " +
                      std::to_string(spent.of.limit) + " in " + std::to_string(spent.of.window.count()) +
                      " seconds is spent.";
    if (!spent.setting.empty())
        out.append(" It is changed by ").append(spent.setting).append(1, '.');
    return out;
}

} // namespace

response data_answer(unsigned status, std::string_view data, std::string_view meta) {
    response answer;
    answer.status = status;
    answer.headers.add_lines("Content-Type: application/json\r\n");
    answer.body.reserve(data.size() + meta.size() + 20);
    answer.body = R"({"data":)";
    answer.body += data;
    if (!meta.empty()) {
        answer.body += R"(,"meta":)";
        answer.body += meta;
    }
    answer.body += '}';
    return answer;
}

response created_answer(std::string_view location, std::string_view data) {
    auto answer = data_answer(201, data);
    answer.headers.add("Location", location);
    return answer;
}

response no_content() {
    response answer;
    answer.status = 204;
    return answer;
}

void mark_replayed(response& answer) {
    answer.headers.add("Idempotent-Replayed", "true");
}

response problem(request_context& context, const error& e) {
    return problem(context, e, context.request_id);
}

response problem(request_context& context, const error& e, std::string_view request_id) {
    context.failure = e.detail;
    const auto accept = context.request.header(field::accept);
    const bool as_problem = !accept.empty() && prefers(accept, problem_type, json_type);
    return render(e, request_id, as_problem, e.code == errc::unauthenticated && refuses_token(context));
}

response rate_limited(request_context& context, const rate_limits::budget& refusing) {
    context.budget = refusing;
    error why{errc::rate_limited, std::string{refusing.under.name}};
    why.message = message_of(refusing.under);
    auto answer = problem(context, why);
    answer.headers.set("Retry-After", std::to_string(refusing.now.seconds));
    return answer;
}

response problem(const error& e, std::string_view request_id) {
    return render(e, request_id, false);
}

} // namespace bursar::server::http
