#include "server/http/network.hpp"

#include "server/http/client_address.hpp"
#include "server/whole_number.hpp"

#include <algorithm>

namespace bursar::server::http {

namespace {

using boost::asio::ip::address;
using bytes = boost::asio::ip::address_v6::bytes_type;

constexpr unsigned bits = 128;
constexpr unsigned mapped = 96; // bits before those of an IPv4 address

bytes bytes_of(const address& a) noexcept {
    if (a.is_v6())
        return a.to_v6().to_bytes();
    return boost::asio::ip::make_address_v6(boost::asio::ip::v4_mapped, a.to_v4()).to_bytes();
}

// The first so many bits; the others are 0.
bytes prefix_of(bytes of, unsigned length) noexcept {
    for (unsigned i = 0; i < of.size(); ++i) {
        const auto here = length > 8 * i ? std::min(length - 8 * i, 8U) : 0U;
        of[i] = static_cast<unsigned char>(of[i] & (0xFF00U >> here));
    }
    return of;
}

} // namespace

network::network(const address& one) noexcept
    : network(bytes_of(one), bits) {}

std::optional<network> network::parse(std::string_view text) {
    const auto slash = text.find('/');
    const auto first = parse_address(text.substr(0, slash));
    if (!first)
        return std::nullopt;
    if (slash == std::string_view::npos)
        return network{*first};
    const auto length = parse_whole_number<unsigned>(text.substr(slash + 1));
    const auto before = first->is_v4() ? mapped : 0U;
    if (!length || *length > bits - before)
        return std::nullopt;
    const network out{bytes_of(*first), before + *length};
    return prefix_of(out.first_, out.length_) == out.first_ ? std::optional{out} : std::nullopt;
}

bool network::contains(const address& a) const noexcept {
    return prefix_of(bytes_of(a), length_) == first_;
}

} // namespace bursar::server::http
