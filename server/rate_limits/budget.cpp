#include "server/rate_limits/budget.hpp"

#include "server/ascii.hpp"
#include "server/secret.hpp"

#include <algorithm>
#include <string>

namespace bursar::server::rate_limits {

namespace {

constexpr std::size_t subnet = 8;  // bytes of a /64
constexpr std::size_t network = 6; // bytes of a /48

} // namespace

subject by_address(scope in, const boost::asio::ip::address& client) noexcept {
    subject out{in, {}};
    if (client.is_v4()) {
        const auto mapped = boost::asio::ip::make_address_v6(boost::asio::ip::v4_mapped, client.to_v4());
        out.id = mapped.to_bytes();
        return out;
    }
    const auto address = client.to_v6();
    const auto bytes = address.to_bytes();
    std::copy_n(bytes.begin(), address.is_v4_mapped() ? bytes.size() : subnet, out.id.begin());
    return out;
}

std::optional<subject> by_network(scope in, const boost::asio::ip::address& client) noexcept {
    if (client.is_v4() || client.to_v6().is_v4_mapped())
        return std::nullopt;
    subject out{in, {}};
    const auto bytes = client.to_v6().to_bytes();
    std::copy_n(bytes.begin(), network, out.id.begin());
    return out;
}

subject by_id(scope in, const uuid& id) noexcept {
    return {in, id.bytes};
}

subject by_name(scope in, std::string_view name) {
    const auto hash = sha256(lower_case(name));
    subject out{in, {}};
    std::copy_n(hash.begin(), out.id.size(), out.id.begin());
    return out;
}

budget summary(const charges& all, std::span<const decision> decisions) noexcept {
    if (all.empty())
        return {};
    budget out{all.front().under, decisions.front()};
    for (std::size_t i = 1; i < all.size(); ++i) {
        const auto& other = decisions[i];
        if (!other.allowed && (out.now.allowed || other.seconds > out.now.seconds))
            out = {all[i].under, other};
    }
    return out;
}

} // namespace bursar::server::rate_limits
