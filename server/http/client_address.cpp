#include "server/http/client_address.hpp"

#include "server/http/characters.hpp"
#include "server/http/headers.hpp"

#include <algorithm>
#include <array>

namespace bursar::server::http {

namespace {

using asio::ip::address;

constexpr std::array<std::string_view, 3> header_names{"X-Forwarded-For", "Forwarded", "X-Real-Ip"};

// Takes the last element off a list; without the white space around it.
std::string_view take_last(std::string_view& list) noexcept {
    const auto comma = list.rfind(',');
    auto element = comma == std::string_view::npos ? list : list.substr(comma + 1);
    list = comma == std::string_view::npos ? std::string_view{} : list.substr(0, comma);
    element.remove_prefix(std::min(element.find_first_not_of(" \t"), element.size()));
    return element.substr(0, element.find_last_not_of(" \t") + 1);
}

// Of 192.0.2.1, 192.0.2.1:4711, 2001:db8::1, [2001:db8::1] or [2001:db8::1]:4711.
std::optional<address> address_of(std::string_view node) {
    if (node.starts_with('['))
        node = node.substr(1, node.find(']') - 1);
    else if (std::count(node.begin(), node.end(), ':') == 1)
        node = node.substr(0, node.find(':'));
    const auto found = parse_address(node);
    return found ? std::optional{unmapped(*found)} : std::nullopt;
}

std::size_t token_size(std::string_view text) noexcept {
    const auto end = std::find_if_not(text.begin(), text.end(), [](char c) { return is(c, token_char); });
    return static_cast<std::size_t>(end - text.begin());
}

// Of the token or the quoted string that the text begins with; 0 when it begins with neither.
std::size_t value_size(std::string_view text) noexcept {
    if (!text.starts_with('"'))
        return token_size(text);
    for (std::size_t i = 1; i < text.size(); i += text[i] == '\\' ? 2U : 1U)
        if (text[i] == '"')
            return i + 1;
    return 0;
}

// The node of "for" in an element of Forwarded: name=value pairs with semicolons between. Empty when there is none, and
// when the element is not well-formed: a comma within a quoted string, which a client may have a hand in, leaves a
// piece with a quote too many.
std::string_view node_of(std::string_view element) noexcept {
    std::string_view node;
    for (;;) {
        const auto name = element.substr(0, token_size(element));
        element.remove_prefix(name.size());
        if (name.empty() || !element.starts_with('='))
            return {};
        element.remove_prefix(1);
        auto value = element.substr(0, value_size(element));
        element.remove_prefix(value.size());
        if (value.empty())
            return {};
        if (value.front() == '"')
            value = value.substr(1, value.size() - 2);
        if (iequals(name, "for"))
            node = value;
        if (element.empty())
            return node;
        if (element.front() != ';')
            return {};
        element.remove_prefix(1);
    }
}

} // namespace

std::optional<address> parse_address(std::string_view text) {
    boost::system::error_code failed;
    const auto found = asio::ip::make_address(std::string{text}, failed);
    return failed ? std::nullopt : std::optional{found};
}

address unmapped(const address& a) {
    if (!a.is_v6() || !a.to_v6().is_v4_mapped())
        return a;
    return asio::ip::make_address_v4(asio::ip::v4_mapped, a.to_v6());
}

std::optional<client_address_header> parse_client_address_header(std::string_view name) noexcept {
    for (std::size_t i = 0; i < header_names.size(); ++i)
        if (iequals(name, header_names[i]))
            return static_cast<client_address_header>(i);
    return std::nullopt;
}

address client_address(const request& from, const proxy_settings& proxies) {
    const auto is_trusted = [&](const address& a) {
        return std::any_of(
            proxies.trusted.begin(), proxies.trusted.end(), [&](const network& each) { return each.contains(a); });
    };
    auto client = from.peer;
    if (!is_trusted(client))
        return client;
    const auto [first, last] = from.headers->equal_range(header_names[static_cast<std::size_t>(proxies.header)]);
    for (auto line = last; line != first;) {
        --line;
        std::string_view list{line->value()};
        while (!list.empty()) {
            const auto element = take_last(list);
            if (element.empty())
                continue;
            const auto next =
                address_of(proxies.header == client_address_header::forwarded ? node_of(element) : element);
            if (!next)
                return client;
            client = *next;
            if (!is_trusted(client))
                return client;
        }
    }
    return client;
}

} // namespace bursar::server::http
