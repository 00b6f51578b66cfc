// Who is limited, by what, and what came of it.
#pragma once

#include "server/rate_limits/gcra.hpp"
#include "server/uuid.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/container/static_vector.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace bursar::server::rate_limits {

// Budgets of different scopes have nothing to do with each other.
enum class scope : std::uint8_t {
    address,
    network,
    principal,
    expensive,
    tenant,
    login_address,
    login_network,
    login_account,
    count_
};

struct subject {
    scope in = scope::address;
    std::array<std::uint8_t, 16> id{};
};

// An IPv6 client is its /64, which one subscriber has to itself; one that is mapped from IPv4 is that address.
subject by_address(scope in, const boost::asio::ip::address& client) noexcept;
// The /48 of an IPv6 client: one customer of a provider may have all of it, and so 65,536 of those. nullopt for IPv4.
std::optional<subject> by_network(scope in, const boost::asio::ip::address& client) noexcept;
subject by_id(scope in, const uuid& id) noexcept;
// A name that a client gave, known or not: an address of mail, say. Kept as a hash; letters count without case.
subject by_name(scope in, std::string_view name);

struct charge {
    subject who;
    policy under;
};

// The charges of one call, each of a scope of its own, the caller's own budget first.
using charges = boost::container::static_vector<charge, 4>;

// What an answer says of its rate limit: of the first charge, or of the refusal that lasts longest. Without a name
// there was no limit.
struct budget {
    policy under;
    decision now;
    bool allowed() const noexcept { return now.allowed; }
};

// `decisions` are those of the charges, in their order.
budget summary(const charges& all, std::span<const decision> decisions) noexcept;

} // namespace bursar::server::rate_limits
