// A range of addresses: 10.0.0.0/8, 2001:db8::/32, or one address.
#pragma once

#include <boost/asio/ip/address.hpp>

#include <optional>
#include <string_view>

namespace bursar::server::http {

// IPv4 is what is mapped into ::ffff:0:0/96 (RFC 4291 section 2.5.5.2), so that it is the same however it is written.
class network {
public:
    // nullopt: the text is none, or has bits beyond its length, which is a slip of the pen.
    static std::optional<network> parse(std::string_view text);
    // The address alone.
    explicit network(const boost::asio::ip::address& one) noexcept;

    bool contains(const boost::asio::ip::address& a) const noexcept;

private:
    using bytes = boost::asio::ip::address_v6::bytes_type;
    network(const bytes& first, unsigned length) noexcept
        : first_(first)
        , length_(length) {}

    bytes first_;
    unsigned length_; // bits
};

} // namespace bursar::server::http
