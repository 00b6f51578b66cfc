#include "server/openapi/document.hpp"

#include "server/openapi/failures.hpp"
#include "server/openapi/operation.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <stdexcept>

namespace bursar::server::openapi {

namespace {

std::string lower_case_method(http::verb method) {
    std::string out{boost::beast::http::to_string(method)};
    std::transform(out.begin(), out.end(), out.begin(), [](char c) { return static_cast<char>(c | 0x20); });
    return out;
}

std::vector<const http::route*> shown(const std::vector<http::route>& routes) {
    std::vector<const http::route*> out;
    std::set<std::string_view> ids;
    for (const auto& route : routes) {
        if (route.internal)
            continue;
        if (route.operation_id.empty() || !ids.insert(route.operation_id).second)
            throw std::logic_error(
                "operation id missing or given twice: " + std::string{route.path} + " " +
                std::string{route.operation_id});
        out.push_back(&route);
    }
    return out;
}

json::array tags_of(const std::vector<const http::route*>& routes, const document_options& options) {
    std::vector<std::string_view> names;
    for (const auto* route : routes)
        if (!route->tag.empty() && std::find(names.begin(), names.end(), route->tag) == names.end())
            names.push_back(route->tag);
    json::array out;
    for (const auto name : names) {
        json::object tag{{"name", name}};
        for (const auto& known : options.tags)
            if (known.name == name)
                tag["description"] = known.text;
        out.push_back(std::move(tag));
    }
    return out;
}

json::object info_of(const document_options& options) {
    return {
        {"title", options.title},
        {"version", options.version},
        {"description", options.description},
        {"license", json::object{{"name", "Apache License 2.0"}, {"identifier", "Apache-2.0"}}}};
}

json::object bearer_scheme() {
    return {
        {"type", "http"},
        {"scheme", "bearer"},
        {"bearerFormat", "bsk_live_…"},
        {"description", "An API key of your organization: `Authorization: Bearer bsk_live_…`."}};
}

} // namespace

std::string document(const std::vector<http::route>& routes, const document_options& options) {
    const auto listed = shown(routes);
    schema_set schemas;
    for (const auto* route : listed)
        note_types(*route, schemas);

    json::object paths;
    gathered parts;
    for (const auto* route : listed) {
        auto& path = paths[route->path];
        if (!path.is_object())
            path = json::object{};
        path.as_object()[lower_case_method(route->method)] = operation_of(*route, schemas, parts);
    }

    auto named = schemas.components();
    for (auto& [name, shape] : parts.envelopes)
        if (!named.emplace(name, std::move(shape)).second)
            throw std::logic_error("a type has the name of an envelope: " + std::string{name});
    if (!listed.empty())
        add_failure_schemas(named);
    json::object components{
        {"schemas", std::move(named)},
        {"responses", std::move(parts.responses)},
        {"parameters", shared_parameters(listed)},
        {"headers", shared_headers(listed)}};
    if (std::any_of(listed.begin(), listed.end(), [](const auto* r) { return !is_public(*r); }))
        components["securitySchemes"] = json::object{{"bearer", bearer_scheme()}};

    const json::object whole{
        {"openapi", "3.1.0"},
        {"info", info_of(options)},
        {"servers", json::array{json::object{{"url", options.server_url}, {"description", "This server."}}}},
        {"tags", tags_of(listed, options)},
        {"paths", std::move(paths)},
        {"components", std::move(components)}};
    return json::serialize(whole);
}

} // namespace bursar::server::openapi
