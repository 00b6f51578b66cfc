#include "handlers/shared/path.hpp"

namespace bursar::handlers {

std::string spelled(const server::http::path_parameter& parameter) {
    const auto id = server::uuid::parse(parameter.value);
    return id ? id->to_string() : std::string{parameter.value};
}

std::string location_of(const server::http::request_context& context, std::string_view name) {
    std::string out{context.route->path};
    for (const auto& each : context.parameters) {
        const auto braces = '{' + std::string{each.name} + '}';
        out.replace(out.find(braces), braces.size(), spelled(each));
    }
    return out.append("/").append(name);
}

} // namespace bursar::handlers
