#include "handlers/entity_tag.hpp"

#include <charconv>

namespace bursar::handlers {

namespace {

// The number that the whole text is.
std::optional<std::int64_t> number_of(std::string_view text) {
    std::int64_t value = 0;
    const auto* end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, value);
    if (read.ec != std::errc{} || read.ptr != end)
        return std::nullopt;
    return value;
}

} // namespace

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
        const auto version = number_of(tag.substr(0, dot));
        if (version && (dot == std::string_view::npos || number_of(tag.substr(dot + 1))))
            versions.push_back(*version);
    }
    return versions;
}

} // namespace bursar::handlers
