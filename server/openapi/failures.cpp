#include "server/openapi/failures.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <cctype>

namespace bursar::server::openapi {

namespace {

// "IDEMPOTENCY_IN_FLIGHT" → "IdempotencyInFlight"
std::string pascal_case(std::string_view screaming) {
    std::string out;
    bool upper = true;
    for (const char c : screaming) {
        if (c == '_') {
            upper = true;
            continue;
        }
        out += upper ? c : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        upper = false;
    }
    return out;
}

std::string_view message_of(const http::route& route, errc code) {
    for (const auto& answer : route.answers)
        if (answer.failure == code)
            return answer.description;
    return describe(code).message;
}

// A POST that asks for no Idempotency-Key reads.
bool may_write(const http::route& route) noexcept {
    return route.method != http::verb::get &&
           (route.method != http::verb::post || route.idempotent == http::idempotency::required);
}

bool is_declared(const http::route& route, errc code) {
    return message_of(route, code) != describe(code).message;
}

// A fault that a client of the route could make.
json::object sample_fault(const http::route& route, errc code) {
    std::string pointer = "page";
    std::string_view message = "is not a known parameter";
    if (route.body) {
        pointer = "/" + std::string{route.body.type->members.front().name};
        message = code == errc::malformed_json ? "is a duplicate key" : "must not be null";
    } else if (route.query) {
        pointer = route.query.type->members.front().name;
        message = "must not be given twice";
    }
    return {{"pointer", pointer}, {"message", message}};
}

json::object example_of(const http::route& route, errc code, std::string_view message) {
    json::object inner{{"code", describe(code).name}, {"message", message}};
    if (code == errc::validation_failed || code == errc::malformed_json)
        inner["fields"] = json::array{sample_fault(route, code)};
    inner["doc_url"] = doc_url(code);
    inner["request_id"] = "0193a1c4-5e6f-7a8b-9c0d-1e2f3a4b5c6d";
    return {{"value", json::object{{"error", std::move(inner)}}}};
}

json::object headers_of(unsigned status, const std::set<errc>& codes) {
    json::object out{{"X-Request-Id", reference("headers", "X-Request-Id")}};
    for (const auto code : codes)
        if (describe(code).retry != retry_class::never)
            out["Retry-After"] = reference("headers", "Retry-After");
    if (status == 401)
        out["WWW-Authenticate"] = reference("headers", "WWW-Authenticate");
    if (status == 415)
        out["Accept"] = reference("headers", "Accept");
    if (status == 429) {
        out["RateLimit"] = reference("headers", "RateLimit");
        out["RateLimit-Policy"] = reference("headers", "RateLimit-Policy");
    }
    return out;
}

json::object written_out(const http::route& route, unsigned status, const std::set<errc>& codes) {
    std::string description;
    json::object examples;
    for (const auto code : codes) {
        const auto message = message_of(route, code);
        if (!description.empty())
            description += "\n";
        description += (codes.size() > 1 ? "- `" : "`") + std::string{describe(code).name} + "`: ";
        description += message;
        examples[describe(code).name] = example_of(route, code, message);
    }
    return {
        {"description", description},
        {"headers", headers_of(status, codes)},
        {"content",
         json::object{
             {"application/json",
              json::object{{"schema", reference("schemas", "Failure")}, {"examples", std::move(examples)}}}}}};
}

} // namespace

bool has_path_parameters(const http::route& route) noexcept {
    return route.path.find('{') != std::string_view::npos;
}

bool is_public(const http::route& route) noexcept {
    return route.access && std::holds_alternative<http::anyone>(*route.access);
}

bool is_conditional_read(const http::route& route) noexcept {
    return route.method == http::verb::get &&
           std::any_of(route.answers.begin(), route.answers.end(), [](const auto& a) { return a.etag; });
}

failure_map failures_of(const http::route& route) {
    using enum errc;
    failure_map out;
    const auto add = [&out](std::initializer_list<errc> codes) {
        for (const auto code : codes)
            out[describe(code).status].insert(code);
    };
    add(
        {malformed_request, not_acceptable, uri_too_long, headers_too_large, internal, overloaded, shutting_down,
         deadline_exceeded});
    if (!is_public(route))
        add({unauthenticated, dependency_unavailable});
    if (std::holds_alternative<permission>(*route.access))
        add({permission_denied});
    if (!route.quiet)
        add({validation_failed});
    if (has_path_parameters(route))
        add({not_found});
    if (route.query && route.query.type->find("cursor") != nullptr)
        add({invalid_cursor});
    if (route.body || (route.method != http::verb::get && !route.quiet)) // nothing may come as {}
        add({malformed_json, payload_too_large, unsupported_media_type, request_timeout});
    if (route.idempotent != http::idempotency::none)
        add({idempotency_key_missing, idempotency_key_invalid, idempotency_in_flight, idempotency_key_reused});
    if (route.idempotent == http::idempotency::required)
        add({gone}); // the answer was erased
    if (!route.quiet)
        add({precondition_failed});
    if (route.condition == http::precondition::if_match)
        add({precondition_required});
    if (may_write(route) && !is_public(route))
        add({outcome_unknown});
    if (route.rate != http::rate_class::unlimited)
        add({rate_limited});
    for (const auto& answer : route.answers)
        if (answer.failure)
            add({*answer.failure});
    return out;
}

json::object
failure_response(const http::route& route, unsigned status, const std::set<errc>& codes, json::object& components) {
    const auto first = *codes.begin();
    if (codes.size() > 1 || is_declared(route, first))
        return written_out(route, status, codes);
    const auto name = pascal_case(describe(first).name);
    if (!components.contains(name))
        components[name] = written_out(route, status, codes);
    return reference("responses", name);
}

void add_failure_schemas(json::object& schemas) {
    json::array codes;
    std::string meanings = "What went wrong, for programs. Codes are never renamed; new ones may come.\n";
    for (const auto& known : error_descriptions()) {
        codes.emplace_back(known.name);
        meanings += "\n- `" + std::string{known.name} + "` (" + std::to_string(known.status) + "): ";
        meanings += known.message;
    }
    const json::object text{{"type", "string"}};
    json::object code = reference("schemas", "ErrorCode");
    json::object message{{"type", "string"}, {"description", "The same for people. Wording may change."}};
    json::object fields{
        {"type", "array"},
        {"items", reference("schemas", "FieldError")},
        {"description", "What is wrong with the input, all of it at once."}};
    const json::object doc_url{
        {"type", "string"}, {"format", "uri-reference"}, {"description", "Where people read on about the code."}};
    json::object request_id{{"type", "string"}, {"description", "Name it when you ask for help."}};

    schemas["ErrorCode"] = json::object{{"type", "string"}, {"description", meanings}, {"enum", codes}};
    schemas["FieldError"] = json::object{
        {"type", "object"},
        {"properties",
         json::object{
             {"pointer",
              json::object{
                  {"type", "string"},
                  {"description", "RFC 6901 pointer into the body, or the name of a parameter or header."}}},
             {"message", text}}},
        {"required", json::array{"pointer", "message"}}};
    schemas["FailureDetail"] = json::object{
        {"type", "object"},
        {"properties",
         json::object{
             {"code", code},
             {"message", message},
             {"fields", fields},
             {"doc_url", doc_url},
             {"request_id", request_id}}},
        {"required", json::array{"code", "message", "doc_url", "request_id"}}};
    schemas["Failure"] = json::object{
        {"type", "object"},
        {"description",
         "Every answer that is no success has this shape. A client whose Accept prefers application/problem+json gets "
         "the same as RFC 9457 problem details: type (the doc_url), title, status, detail (the message), code, fields "
         "and request_id."},
        {"properties", json::object{{"error", reference("schemas", "FailureDetail")}}},
        {"required", json::array{"error"}}};
}

} // namespace bursar::server::openapi
