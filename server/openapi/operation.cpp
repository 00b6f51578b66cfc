#include "server/openapi/operation.hpp"

#include "server/openapi/failures.hpp"
#include "server/schema/routes.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include <cctype>

namespace bursar::server::openapi {

namespace {

using schema::type_kind;

// "id" behind "/api/v1/tickets" → "The ticket."
std::string describe(const http::described_parameter& parameter) {
    std::string noun{parameter.name};
    if (noun == "id") {
        noun = parameter.before.substr(parameter.before.rfind('/') + 1);
        if (noun.ends_with('s'))
            noun.pop_back();
    } else if (noun.ends_with("_id")) {
        noun.resize(noun.size() - 3);
    }
    std::replace(noun.begin(), noun.end(), '_', ' ');
    return "The " + noun + ".";
}

void add_path_parameters(json::array& out, const http::route& route) {
    for (const auto& each : http::path_parameters_of(route)) {
        json::object schema{{"type", "string"}};
        if (!each.form->format.empty())
            schema["format"] = each.form->format;
        if (!each.form->pattern.empty())
            schema["pattern"] = each.form->pattern;
        json::object parameter{
            {"name", each.name},
            {"in", "path"},
            {"required", true},
            {"description", describe(each)},
            {"schema", std::move(schema)}};
        if (!each.form->example.empty())
            parameter["example"] = each.form->example;
        out.push_back(std::move(parameter));
    }
}

void add_query_parameters(json::array& out, const http::route& route, const schema_set& schemas) {
    if (!route.query)
        return;
    for (auto member : route.query.type->members) {
        member.null_accepted = false; // a query string has no null
        auto shape = schemas.of(member, direction::input);
        json::object parameter{{"name", member.name}, {"in", "query"}};
        parameter["required"] = member.required;
        // A description of the parameter says all that one of its schema would.
        if (const auto* doc = shape.if_contains("description")) {
            parameter["description"] = *doc;
            shape.erase("description");
        }
        if (member.deprecated)
            parameter["deprecated"] = true;
        if (member.type->kind == type_kind::array) {
            parameter["style"] = "form";
            parameter["explode"] = false;
            if (!shape.contains("maxItems"))
                shape["maxItems"] = schema::most_query_elements;
        }
        parameter["schema"] = std::move(shape);
        if (!member.example.empty())
            parameter["example"] = schemas.example_of(member, direction::input);
        out.push_back(std::move(parameter));
    }
}

json::array parameters_of(const http::route& route, const schema_set& schemas) {
    json::array out;
    add_path_parameters(out, route);
    add_query_parameters(out, route, schemas);
    if (route.idempotent != http::idempotency::none)
        out.push_back(reference("parameters", "IdempotencyKey"));
    if (route.condition == http::precondition::if_match)
        out.push_back(reference("parameters", "IfMatch"));
    if (is_conditional_read(route))
        out.push_back(reference("parameters", "IfNoneMatch"));
    out.push_back(reference("parameters", "RequestId"));
    out.push_back(reference("parameters", "Traceparent"));
    return out;
}

json::object request_body_of(const http::route& route, const schema_set& schemas) {
    const auto& what = *route.body.type;
    json::object shape{{"schema", schemas.of(what, direction::input)}};
    if (what.forms.empty())
        shape["example"] = schemas.example_of(what, direction::input);
    for (const auto& form : what.forms) {
        auto& examples = shape["examples"];
        if (examples.is_null())
            examples = json::object{};
        examples.as_object()[form.name] =
            json::object{{"summary", form.doc}, {"value", schemas.example_of(what, direction::input, &form)}};
    }
    json::object content{{"application/json", shape}};
    if (route.method == http::verb::patch)
        content["application/merge-patch+json"] = shape;
    return {
        {"required", !route.body_optional},
        {"description", "At most " + std::to_string(route.body_limit) + " bytes of JSON."},
        {"content", std::move(content)}};
}

// Without the envelope: text, or JSON whose form another standard sets.
json::object plain_content(const http::answer_spec& answer) {
    const bool is_json = answer.media_type == "application/json";
    json::object out{
        {"schema", json::object{{"type", is_json ? "object" : "string"}, {"description", answer.description}}}};
    if (!answer.example.empty())
        out["example"] =
            is_json ? json::parse(json::string_view(answer.example)) : json::value(json::string_view(answer.example));
    return out;
}

// "getBalance" → "GetBalance"
std::string capitalised(std::string_view operation_id) {
    std::string out{operation_id};
    out.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(out.front())));
    return out;
}

// Named after its data, or after the operation where the same data come with other metadata. Generators of clients name
// things of their own after operations and end them in Request, Response and Params.
json::object
envelope_of(const http::route& route, const http::answer_spec& answer, json::object shape, json::object& envelopes) {
    auto name = std::string{answer.data->name} + (answer.list ? "List" : "Answer");
    const auto* known = envelopes.if_contains(name);
    if (answer.data->name.empty() || (known != nullptr && known->as_object() != shape))
        name = capitalised(route.operation_id) + "Answer";
    auto out = reference("schemas", name);
    envelopes[name] = std::move(shape);
    return out;
}

json::object enveloped(
    const http::route& route, const http::answer_spec& answer, const schema_set& schemas, json::object& envelopes) {
    auto data = schemas.of(*answer.data, direction::output);
    auto example = schemas.example_of(*answer.data, direction::output);
    json::object properties;
    json::object sample;
    json::array required{"data"};
    if (answer.list) {
        properties["data"] = json::object{{"type", "array"}, {"items", std::move(data)}};
        sample["data"] = json::array{std::move(example)};
    } else {
        properties["data"] = std::move(data);
        sample["data"] = std::move(example);
    }
    if (answer.meta != nullptr) {
        properties["meta"] = schemas.of(*answer.meta, direction::output);
        sample["meta"] = schemas.example_of(*answer.meta, direction::output);
        required.emplace_back("meta");
    }
    json::object envelope{{"type", "object"}, {"properties", std::move(properties)}, {"required", std::move(required)}};
    return {{"schema", envelope_of(route, answer, std::move(envelope), envelopes)}, {"example", std::move(sample)}};
}

json::object success_headers(const http::route& route, const http::answer_spec& answer) {
    json::object out{{"X-Request-Id", reference("headers", "X-Request-Id")}};
    if (answer.etag)
        out["ETag"] = reference("headers", "ETag");
    if (answer.status == 201)
        out["Location"] = reference("headers", "Location");
    if (route.idempotent != http::idempotency::none)
        out["Idempotent-Replayed"] = reference("headers", "Idempotent-Replayed");
    if (route.rate != http::rate_class::unlimited) {
        out["RateLimit"] = reference("headers", "RateLimit");
        out["RateLimit-Policy"] = reference("headers", "RateLimit-Policy");
    }
    return out;
}

bool has_content(const http::answer_spec& answer) noexcept {
    return answer.data != nullptr ||
           (answer.status != 204 && (answer.media_type != "application/json" || !answer.example.empty()));
}

// Answers of one status are one response, which comes in the media types of all of them.
json::object responses_of(const http::route& route, const schema_set& schemas, gathered& components) {
    json::object out;
    for (const auto& answer : route.answers) {
        if (answer.failure)
            continue;
        auto& response = out[std::to_string(answer.status)];
        if (response.is_null())
            response = json::object{{"description", answer.description}, {"headers", success_headers(route, answer)}};
        if (!has_content(answer))
            continue;
        auto& content = response.as_object()["content"];
        if (content.is_null())
            content = json::object{};
        content.as_object()[answer.media_type] =
            answer.data == nullptr ? plain_content(answer) : enveloped(route, answer, schemas, components.envelopes);
    }
    if (is_conditional_read(route))
        out["304"] = json::object{
            {"description", "Unchanged since the ETag in If-None-Match."},
            {"headers",
             json::object{
                 {"ETag", reference("headers", "ETag")}, {"X-Request-Id", reference("headers", "X-Request-Id")}}}};
    for (const auto& [status, codes] : failures_of(route))
        out[std::to_string(status)] = failure_response(route, status, codes, components.responses);
    return out;
}

std::string_view name_of(http::rate_class rate) noexcept {
    switch (rate) {
    case http::rate_class::unlimited: return "unlimited";
    case http::rate_class::standard: return "standard";
    case http::rate_class::login: return "login";
    case http::rate_class::expensive: return "expensive";
    }
    return {};
}

std::string description_of(const http::route& route) {
    std::string out{route.description};
    const auto add = [&out](const std::string& sentence) { out += (out.empty() ? "" : "\n\n") + sentence; };
    if (const auto* needed = route.access ? std::get_if<permission>(&*route.access) : nullptr)
        add("Needs the permission `" + std::string{to_string(*needed)} + "`.");
    if (is_public(route))
        add("Needs no credential.");
    return out;
}

struct shared {
    const char* name;
    const char* description;
    json::object schema;
    bool required = false;
    const char* example = nullptr;
};

json::object as_header(const shared& what) {
    json::object out{{"description", what.description}, {"schema", what.schema}};
    if (what.required)
        out["required"] = true;
    if (what.example != nullptr)
        out["example"] = what.example;
    return out;
}

json::object as_parameter(const shared& what) {
    json::object out{{"name", what.name}, {"in", "header"}};
    for (auto& [key, value] : as_header(what))
        out[key] = value;
    return out;
}

template <class Predicate>
bool any(const std::vector<const http::route*>& routes, Predicate holds) {
    return std::any_of(routes.begin(), routes.end(), [&](const auto* route) { return holds(*route); });
}

bool is_idempotent(const http::route& route) {
    return route.idempotent != http::idempotency::none;
}
bool needs_if_match(const http::route& route) {
    return route.condition == http::precondition::if_match;
}
bool is_limited(const http::route& route) {
    return route.rate != http::rate_class::unlimited;
}

} // namespace

void note_types(const http::route& route, schema_set& schemas) {
    if (route.body)
        schemas.note(*route.body.type, direction::input);
    if (route.query)
        for (const auto& member : route.query.type->members)
            schemas.note(*member.type, direction::input);
    for (const auto& answer : route.answers) {
        if (answer.data != nullptr)
            schemas.note(*answer.data, direction::output);
        if (answer.meta != nullptr)
            schemas.note(*answer.meta, direction::output);
    }
}

json::object operation_of(const http::route& route, const schema_set& schemas, gathered& components) {
    json::object out{{"operationId", route.operation_id}, {"summary", route.summary}};
    if (const auto description = description_of(route); !description.empty())
        out["description"] = description;
    if (!route.tag.empty())
        out["tags"] = json::array{json::string_view{route.tag}};
    json::array security;
    if (!is_public(route))
        security.push_back(json::object{{"bearer", json::array{}}});
    out["security"] = std::move(security);
    if (const auto* needed = route.access ? std::get_if<permission>(&*route.access) : nullptr)
        out["x-permission"] = json::string_view{to_string(*needed)};
    out["x-rate-class"] = json::string_view{name_of(route.rate)};
    out["parameters"] = parameters_of(route, schemas);
    if (route.body)
        out["requestBody"] = request_body_of(route, schemas);
    out["responses"] = responses_of(route, schemas, components);
    return out;
}

json::object shared_parameters(const std::vector<const http::route*>& routes) {
    const json::object text{{"type", "string"}};
    json::object out;
    if (any(routes, is_idempotent))
        out["IdempotencyKey"] = as_parameter(
            {"Idempotency-Key",
             "Names this one intent: repeating the request with the same key gets the first answer again, byte for "
             "byte, for 30 days, and has no second effect. A random UUID is a good key. X-Idempotency-Key is the same.",
             json::object{{"type", "string"}, {"minLength", 1}, {"maxLength", 255}, {"pattern", "^[!-~]+$"}}, true,
             "3f0c0c6e-6d0f-4d0e-9a57-0b9d5c8f1a77"});
    if (any(routes, needs_if_match))
        out["IfMatch"] = as_parameter(
            {"If-Match", "The ETag of the representation that the change is based on, or `*`.",
             json::object{{"type", "string"}, {"minLength", 1}}, true, "\"7\""});
    if (any(routes, is_conditional_read))
        out["IfNoneMatch"] =
            as_parameter({"If-None-Match", "ETags already at hand: 304 when one of them is current.", text});
    if (!routes.empty()) {
        out["RequestId"] = as_parameter(
            {"X-Request-Id",
             "Comes back on the answer and stands in every log line. 1 to 128 letters, digits, '.', '_' or '-'; "
             "another value is replaced by one of ours.",
             text});
        out["Traceparent"] =
            as_parameter({"traceparent", "W3C Trace Context; continued when valid, else a trace begins here.", text});
    }
    return out;
}

json::object shared_headers(const std::vector<const http::route*>& routes) {
    const json::object text{{"type", "string"}};
    json::object out;
    if (routes.empty())
        return out;
    out["X-Request-Id"] = as_header({"", "Names the request in our logs.", text, true});
    out["Retry-After"] = as_header(
        {"", "Seconds to wait before the next try; present where the code says that trying again helps.",
         json::object{{"type", "integer"}, {"minimum", 0}}});
    const auto answers_with = [](auto holds) {
        return [holds](const http::route& r) { return std::any_of(r.answers.begin(), r.answers.end(), holds); };
    };
    if (any(routes, answers_with([](const auto& a) { return a.etag; })))
        out["ETag"] = as_header({"", "Strong validator of this representation.", text, true, "\"7\""});
    if (any(routes, answers_with([](const auto& a) { return a.status == 201; })))
        out["Location"] = as_header(
            {"", "Path of what was made.", json::object{{"type", "string"}, {"format", "uri-reference"}}, true});
    if (any(routes, [](const auto& r) { return !is_public(r); }))
        out["WWW-Authenticate"] = as_header(
            {"", "The scheme to authenticate with; `error=\"invalid_token\"` where a token came and was refused.", text,
             true, "Bearer"});
    if (any(routes, [](const auto& r) { return static_cast<bool>(r.body); }))
        out["Accept"] = as_header(
            {"", "The media types that a body may have; absent where its Content-Encoding was at fault.", text, false,
             "application/json"});
    if (any(routes, is_idempotent))
        out["Idempotent-Replayed"] = as_header(
            {"", "Present when this is the stored answer of an earlier request with the same key.",
             json::object{{"type", "string"}, {"const", "true"}}});
    if (any(routes, is_limited)) {
        out["RateLimit"] = as_header(
            {"",
             "What may be spent of the budget now (r), and the seconds until it is whole again, in a 429 until the "
             "next call is accepted (t). Absent where nothing limits the caller.",
             text, false, "\"default\";r=5950;t=1"});
        out["RateLimit-Policy"] = as_header(
            {"", "The budget that this call is charged to: so many calls (q) in a window of so many seconds (w).", text,
             false, "\"default\";q=6000;w=60"});
    }
    return out;
}

} // namespace bursar::server::openapi
