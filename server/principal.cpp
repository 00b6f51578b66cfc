#include "server/principal.hpp"

namespace bursar::server {

std::string_view to_string(permission p) noexcept {
    return permission_names[static_cast<std::size_t>(p)];
}

std::optional<permission> parse_permission(std::string_view text) noexcept {
    for (std::size_t i = 0; i < permission_names.size(); ++i)
        if (permission_names[i] == text)
            return static_cast<permission>(i);
    return std::nullopt;
}

} // namespace bursar::server
