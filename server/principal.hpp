// Who makes a request, and what they may do.
#pragma once

#include "server/uuid.hpp"

#include <array>
#include <bitset>
#include <cstdint>
#include <optional>
#include <string_view>

namespace bursar::server {

// What a route can ask for and a key or a role can hold. The text form is "resource:verb".
enum class permission : std::uint8_t {
    customers_read,
    customers_write,
    customers_export, // all that is kept about one
    customers_erase,
    tickets_read,
    tickets_write,
    ledger_read,
    ledger_write,
    ledger_close, // closing periods
    users_read,
    users_write, // members and invitations
    keys_read,
    keys_write,
    audit_read,
    organization_write,
    count_
};

inline constexpr std::array<std::string_view, static_cast<std::size_t>(permission::count_)> permission_names{
    "customers:read", "customers:write", "customers:export", "customers:erase", "tickets:read",
    "tickets:write",  "ledger:read",     "ledger:write",     "ledger:close",    "users:read",
    "users:write",    "keys:read",       "keys:write",       "audit:read",      "organization:write"};

std::string_view to_string(permission p) noexcept;
std::optional<permission> parse_permission(std::string_view text) noexcept;

using permission_set = std::bitset<64>;

inline permission_set all_permissions() noexcept {
    return permission_set{(1ULL << static_cast<unsigned>(permission::count_)) - 1};
}

enum class actor_kind : std::uint8_t { api_key, user };

struct principal {
    uuid org;
    uuid id; // of the API key or the user
    permission_set permissions;
    actor_kind kind = actor_kind::api_key;
    std::optional<std::int32_t> rate_limit = {}; // requests a minute in place of the default; 0 is no limit
    std::optional<uuid> session = {};            // of a user who signed in here

    bool may(permission p) const noexcept { return permissions.test(static_cast<std::size_t>(p)); }
    // Nobody hands out, changes or takes away more than they hold.
    bool holds(const permission_set& all) const noexcept { return (all & ~permissions).none(); }
};

} // namespace bursar::server
