#include "server/http/client_address.hpp"

#include "server/ascii.hpp"
#include "server/http/characters.hpp"
#include "server/http/headers.hpp"
#include "server/whole_number.hpp"

#include <algorithm>
#include <array>

namespace bursar::server::http {

namespace {

using asio::ip::address;

constexpr std::array<std::string_view, 3> header_names{"X-Forwarded-For", "Forwarded", "X-Real-Ip"};

std::size_t token_size(std::string_view text) noexcept {
    const auto end = std::find_if_not(text.begin(), text.end(), [](char c) { return is(c, token_char); });
    return static_cast<std::size_t>(end - text.begin());
}

// Where the quoted string begins whose closing quote is at `end`; npos: nowhere. Looked for from behind, a quote is
// part of the string when an odd number of backslashes stands before it.
std::size_t opening_quote(std::string_view text, std::size_t end) noexcept {
    while (end > 0) {
        const auto quote = text.rfind('"', end - 1);
        if (quote == std::string_view::npos)
            break;
        auto escape = quote;
        while (escape > 0 && text[escape - 1] == '\\')
            --escape;
        if ((quote - escape) % 2 == 0)
            return quote;
        end = quote;
    }
    return std::string_view::npos;
}

// Of the last element of a list. A comma within a quoted string separates nothing. From behind, because the end is the
// nearest proxy's writing: what a client has put before it, such as a quote that it never closes, is not to swallow it.
std::size_t last_element(std::string_view list, bool quotes) noexcept {
    for (auto at = list.size(); at > 0; --at) {
        const char c = list[at - 1];
        if (c == ',')
            return at;
        if (c == '"' && quotes) {
            const auto opening = opening_quote(list, at - 1);
            if (opening == std::string_view::npos)
                return 0;
            at = opening + 1;
        }
    }
    return 0;
}

// Takes the last element off a list; without the white space around it.
std::string_view take_last(std::string_view& list, bool quotes) noexcept {
    const auto start = last_element(list, quotes);
    const auto element = trim(list.substr(start));
    list = list.substr(0, start == 0 ? 0 : start - 1);
    return element;
}

// node-port of RFC 7239 section 6: a number, or a name that means something to its proxy alone.
bool is_port(std::string_view text) noexcept {
    if (text.starts_with('_'))
        return text.size() > 1 && std::all_of(text.begin() + 1, text.end(), [](char c) {
                   return is(c, token_char) && std::string_view{"!#$%&'*+^`|~"}.find(c) == std::string_view::npos;
               });
    const auto number = parse_whole_number<unsigned>(text);
    return number && *number <= 65'535 && text.size() <= 5;
}

// Of 192.0.2.1, 192.0.2.1:4711, 2001:db8::1, [2001:db8::1] or [2001:db8::1]:4711, and nothing that is more or less.
std::optional<address> address_of(std::string_view node) {
    const bool brackets = node.starts_with('[');
    std::string_view behind; // with its colon
    if (brackets) {
        const auto end = std::min(node.find(']'), node.size() - 1);
        behind = node.substr(end + 1);
        if (node[end] != ']')
            return std::nullopt;
        node = node.substr(1, end - 1);
    } else if (std::count(node.begin(), node.end(), ':') == 1) {
        behind = node.substr(node.find(':'));
        node = node.substr(0, node.find(':'));
    }
    if (!behind.empty() && !(behind.front() == ':' && is_port(behind.substr(1))))
        return std::nullopt;
    // A zone (RFC 4007) means something to its own host alone.
    const auto found = node.find('%') == std::string_view::npos ? parse_address(node) : std::nullopt;
    if (!found || (brackets && !found->is_v6()))
        return std::nullopt;
    return unmapped(*found);
}

// The token or quoted string that the text begins with is taken off it, escapes undone. nullopt: it begins with
// neither.
std::optional<std::string> take_value(std::string_view& text) {
    if (!text.starts_with('"')) {
        const auto size = token_size(text);
        std::string out{text.substr(0, size)};
        text.remove_prefix(size);
        return size == 0 ? std::nullopt : std::optional{std::move(out)};
    }
    std::string out;
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (text[i] == '"') {
            text.remove_prefix(i + 1);
            return out;
        }
        if (text[i] == '\\' && ++i == text.size())
            break;
        out += text[i];
    }
    return std::nullopt;
}

// The node of "for" in an element of Forwarded: name=value pairs with semicolons between, some of which may be empty
// (RFC 7239 section 4). nullopt when there is none, when there are two, and when the element is not well-formed.
std::optional<std::string> node_of(std::string_view element) {
    std::optional<std::string> node;
    while (!element.empty()) {
        if (element.front() == ';') {
            element.remove_prefix(1);
            continue;
        }
        const auto name = element.substr(0, token_size(element));
        element.remove_prefix(name.size());
        if (name.empty() || !element.starts_with('='))
            return std::nullopt;
        element.remove_prefix(1);
        auto value = take_value(element);
        const bool ends = element.empty() || element.front() == ';';
        if (!value || !ends || (node && iequals(name, "for")))
            return std::nullopt;
        if (iequals(name, "for"))
            node = std::move(value);
    }
    return node;
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
    const bool structured = proxies.header == client_address_header::forwarded;
    const auto [first, last] = from.headers->equal_range(header_names[static_cast<std::size_t>(proxies.header)]);
    for (auto line = last; line != first;) {
        --line;
        std::string_view list{line->value()};
        while (!list.empty()) {
            const auto element = take_last(list, structured);
            if (element.empty())
                continue;
            const auto node = structured ? node_of(element) : std::optional{std::string{element}};
            const auto next = node ? address_of(*node) : std::nullopt;
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
