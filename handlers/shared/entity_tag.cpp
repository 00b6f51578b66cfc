#include "handlers/shared/entity_tag.hpp"

#include "server/whole_number.hpp"

namespace bursar::handlers {

std::string entity_tag(std::int64_t version) {
    return '"' + std::to_string(version) + '"';
}

std::string entity_tag(std::int64_t version, std::int64_t comment_count) {
    return '"' + std::to_string(version) + '.' + std::to_string(comment_count) + '"';
}

db::repositories::expected_versions versions_of(const server::http::if_match& condition) {
    if (condition.any)
        return std::nullopt;
    std::vector<std::int64_t> versions;
    for (const std::string_view tag : condition.tags) {
        const auto dot = tag.find('.');
        const auto version = server::parse_whole_number<std::int64_t>(tag.substr(0, dot));
        if (version && (dot == std::string_view::npos || server::parse_whole_number<std::int64_t>(tag.substr(dot + 1))))
            versions.push_back(*version);
    }
    return versions;
}

} // namespace bursar::handlers
