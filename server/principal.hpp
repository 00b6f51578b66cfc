// Who makes a request, and what they may do.
#pragma once

#include "server/uuid.hpp"

#include <bitset>
#include <cstdint>
#include <optional>
#include <string_view>

namespace bursar::server {

// What a route can ask for and a key can hold. The text form is "resource:verb".
enum class permission : std::uint8_t {
    customers_read,
    customers_write,
    tickets_read,
    tickets_write,
    ledger_read,
    ledger_write,
    ledger_close, // closing periods
    count_
};

std::string_view to_string(permission p) noexcept;
std::optional<permission> parse_permission(std::string_view text) noexcept;

using permission_set = std::bitset<64>;

inline permission_set all_permissions() noexcept {
    return permission_set{(1ULL << static_cast<unsigned>(permission::count_)) - 1};
}

struct principal {
    uuid org;
    uuid id; // of the API key (later also: of the user)
    permission_set permissions;

    bool may(permission p) const noexcept { return permissions.test(static_cast<std::size_t>(p)); }
};

} // namespace bursar::server
