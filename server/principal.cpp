#include "server/principal.hpp"

#include <array>

namespace bursar::server {

namespace {
constexpr std::array<std::string_view, static_cast<std::size_t>(permission::count_)> names{
    "customers:read", "customers:write", "customers:export", "customers:erase", "tickets:read",
    "tickets:write",  "ledger:read",     "ledger:write",     "ledger:close",    "users:read",
    "users:write",    "keys:read",       "keys:write",       "audit:read",      "organization:write"};
}

std::string_view to_string(permission p) noexcept {
    return names[static_cast<std::size_t>(p)];
}

std::optional<permission> parse_permission(std::string_view text) noexcept {
    for (std::size_t i = 0; i < names.size(); ++i)
        if (names[i] == text)
            return static_cast<permission>(i);
    return std::nullopt;
}

} // namespace bursar::server
