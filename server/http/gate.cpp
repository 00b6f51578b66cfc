#include "server/http/gate.hpp"

#include "server/hex.hpp"
#include "server/http/characters.hpp"
#include "server/http/headers.hpp"

#include <boost/beast/http/field.hpp>

#include <cstring>

namespace bursar::server::http {

namespace {

bool all(std::string_view text, std::uint8_t wanted) noexcept {
    for (const char c : text)
        if (!is(c, wanted))
            return false;
    return true;
}

// Eight bytes at a time (Anderson, Bit Twiddling Hacks: "determine if a word has a byte less than n").
using word = std::uint64_t;

constexpr word each(unsigned byte) noexcept {
    return 0x0101010101010101U * byte;
}
constexpr word any_below(word w, unsigned n) noexcept {
    return (w - each(n)) & ~w & each(0x80);
}
constexpr word any_equal(word w, unsigned byte) noexcept {
    return any_below(w ^ each(byte), 1);
}

struct outside_values { // also of a tab, which is looked at again
    static word suspects(word w) noexcept { return any_below(w, 0x20) | any_equal(w, 0x7F); }
};

struct outside_targets {
    static word suspects(word w) noexcept {
        return any_below(w, 0x21) | any_equal(w, 0x7F) | any_equal(w, '#') | (w & each(0x80));
    }
};

// all(), faster: only words with a suspect are looked at byte by byte.
template <class Outside>
bool all_words(std::string_view text, std::uint8_t wanted) noexcept {
    if (text.size() < sizeof(word))
        return all(text, wanted);
    const auto last = text.size() - sizeof(word);
    for (std::size_t at = 0;; at = std::min(at + sizeof(word), last)) {
        word w = 0;
        std::memcpy(&w, text.data() + at, sizeof w);
        if (Outside::suspects(w) != 0 && !all(text.substr(at, sizeof w), wanted))
            return false;
        if (at == last)
            return true;
    }
}

bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

std::string_view trim(std::string_view text) noexcept {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

// Calls f with each element of a comma-separated list until it returns false.
template <class F>
bool each_element(std::string_view list, F f) {
    for (;;) {
        const auto comma = list.find(',');
        if (!f(trim(list.substr(0, comma))))
            return false;
        if (comma == std::string_view::npos)
            return true;
        list.remove_prefix(comma + 1);
    }
}

// A name, an IPv4 address or a bracketed IPv6 address, and a port. Narrower than RFC 3986: no escapes, no sub-delims.
bool valid_host(std::string_view host) noexcept {
    if (host.empty())
        return false;
    std::size_t end = 0;
    if (host.front() == '[') {
        end = host.find(']');
        if (end == std::string_view::npos || end < 3)
            return false;
        for (const char c : host.substr(1, end - 1))
            if (hex_digit(c) < 0 && c != ':' && c != '.')
                return false;
        ++end;
    } else {
        while (end < host.size() && is(host[end], host_char))
            ++end;
        if (end == 0)
            return false;
    }
    const auto port = host.substr(end);
    if (port.empty())
        return true;
    if (port.size() < 2 || port.size() > 6 || port.front() != ':')
        return false;
    for (const char c : port.substr(1))
        if (!is_digit(c))
            return false;
    return true;
}

std::optional<std::uint64_t> length_value(std::string_view text) noexcept {
    // 18 digits cannot overflow, and nothing that long is ever accepted.
    if (text.empty() || text.size() > 18)
        return std::nullopt;
    std::uint64_t value = 0;
    for (const char c : text) {
        if (!is_digit(c))
            return std::nullopt;
        value = value * 10 + static_cast<std::uint64_t>(c - '0');
    }
    return value;
}

refusal bad(const char* why) noexcept {
    return {errc::malformed_request, why};
}

std::optional<refusal> read_version(std::string_view version, request_head& head) noexcept {
    if (version == "HTTP/1.1")
        head.http_1_1 = true;
    else if (version == "HTTP/1.0")
        head.http_1_1 = false;
    else if (
        version.size() == 8 && version.substr(0, 5) == "HTTP/" && is_digit(version[5]) && version[6] == '.' &&
        is_digit(version[7]))
        return refusal{errc::version_not_supported, "only HTTP/1.0 and HTTP/1.1 are spoken here"};
    else
        return bad("the request line does not end in a single space and an HTTP version");
    head.keep_alive = head.http_1_1;
    return std::nullopt;
}

std::optional<refusal> read_request_line(std::string_view line, const gate_limits& limits, request_head& head) {
    const auto first = line.find(' ');
    if (first == std::string_view::npos)
        return bad("the request line has no target");
    head.method_text = line.substr(0, first);
    if (head.method_text.empty() || head.method_text.size() > 32 || !all(head.method_text, token_char))
        return bad("the method is not a token");
    line.remove_prefix(first + 1);
    const auto second = line.find(' ');
    if (second == std::string_view::npos)
        return line.size() > limits.target ? refusal{errc::uri_too_long, "the target is longer than its bound"}
                                           : bad("the request line has no version");
    head.target = line.substr(0, second);
    if (auto refused = read_version(line.substr(second + 1), head))
        return refused;
    if (head.target.size() > limits.target)
        return refusal{errc::uri_too_long, "the target is longer than its bound"};
    head.method = boost::beast::http::string_to_verb(head.method_text);
    if (head.method == verb::connect)
        return refusal{errc::not_implemented, "CONNECT is not served"};
    if (!all_words<outside_targets>(head.target, target_char))
        return bad("the target has a character that must be percent-encoded");
    if (head.target.empty() || (head.target.front() != '/' && !(head.target == "*" && head.method == verb::options)))
        return bad("the target is not in origin form");
    return std::nullopt;
}

// What the fields of one head add up to.
class field_rules {
public:
    explicit field_rules(request_head& head) noexcept
        : head_(&head) {}

    std::optional<refusal> note(field name, std::string_view raw_name, std::string_view value) {
        switch (name) {
        case field::host: return once(seen_host) ? judge_host(value) : bad("more than one Host");
        case field::content_length:
            if (!once(seen_length))
                return bad("more than one Content-Length");
            head_->content_length = length_value(value);
            return head_->content_length ? std::nullopt : std::optional{bad("Content-Length is not one plain number")};
        case field::transfer_encoding:
            return once(seen_coding) ? judge_coding(value) : bad("more than one Transfer-Encoding");
        case field::connection: return judge_connection(value);
        case field::expect:
            if (!once(seen_expect))
                return bad("more than one Expect");
            if (!iequals(value, "100-continue"))
                return refusal{errc::expectation_failed, "only 100-continue can be expected"};
            head_->expects_continue = true;
            return std::nullopt;
        case field::content_type: return singleton(seen_type, "more than one Content-Type");
        case field::authorization: return singleton(seen_authorization, "more than one Authorization");
        case field::origin: return singleton(seen_origin, "more than one Origin");
        case field::unknown:
            if (iequals(raw_name, "Idempotency-Key"))
                return singleton(seen_key, "more than one Idempotency-Key");
            return std::nullopt;
        default: return std::nullopt;
        }
    }

    std::optional<refusal> conclude() {
        if (head_->http_1_1 && (seen_ & seen_host) == 0)
            return bad("no Host");
        if ((seen_ & seen_coding) != 0) {
            if (!head_->http_1_1)
                return bad("Transfer-Encoding in HTTP/1.0");
            if ((seen_ & seen_length) != 0)
                return bad("both Transfer-Encoding and Content-Length");
            if (!head_->chunked)
                return refusal{errc::not_implemented, "chunked is the only transfer coding served"};
        }
        if (asked_close_)
            head_->keep_alive = false;
        else if (asked_keep_)
            head_->keep_alive = true;
        // RFC 9110 section 10.1.1: HTTP/1.0 clients do not know 100.
        if (!head_->http_1_1)
            head_->expects_continue = false;
        return std::nullopt;
    }

private:
    enum : unsigned {
        seen_host = 1,
        seen_length = 2,
        seen_coding = 4,
        seen_expect = 8,
        seen_type = 16,
        seen_authorization = 32,
        seen_origin = 64,
        seen_key = 128
    };

    bool once(unsigned bit) noexcept {
        const bool first = (seen_ & bit) == 0;
        seen_ |= bit;
        return first;
    }

    std::optional<refusal> singleton(unsigned bit, const char* why) noexcept {
        return once(bit) ? std::nullopt : std::optional{bad(why)};
    }

    static std::optional<refusal> judge_host(std::string_view value) noexcept {
        return valid_host(value) ? std::nullopt : std::optional{bad("Host is not a name or address with a port")};
    }

    std::optional<refusal> judge_coding(std::string_view value) {
        if (iequals(value, "chunked")) {
            head_->chunked = true;
            return std::nullopt;
        }
        std::size_t chunked = 0;
        const bool tokens = each_element(value, [&chunked](std::string_view element) {
            chunked += iequals(element, "chunked") ? 1U : 0U;
            return !element.empty() && all(element, token_char);
        });
        const auto last = trim(value.substr(value.rfind(',') + 1));
        if (!tokens || chunked > 1 || (chunked == 1 && !iequals(last, "chunked")))
            return bad("Transfer-Encoding does not end in one chunked");
        return std::nullopt;
    }

    std::optional<refusal> judge_connection(std::string_view value) {
        each_element(value, [this](std::string_view option) {
            asked_close_ = asked_close_ || iequals(option, "close");
            asked_keep_ = asked_keep_ || iequals(option, "keep-alive");
            return true;
        });
        return std::nullopt;
    }

    request_head* head_;
    unsigned seen_ = 0;
    bool asked_close_ = false;
    bool asked_keep_ = false;
};

std::string_view until_line_end(std::string_view rest) noexcept {
    const auto* lf = static_cast<const char*>(std::memchr(rest.data(), '\n', rest.size()));
    return rest.substr(0, static_cast<std::size_t>(lf - rest.data()) - 1);
}

} // namespace

head_scanner::outcome head_scanner::refuse(errc code, const char* why) noexcept {
    reason_ = {code, why};
    return outcome::refused;
}

head_scanner::outcome head_scanner::too_large() noexcept {
    return lines_ == 0 ? refuse(errc::uri_too_long, "the request line is longer than its bound")
                       : refuse(errc::headers_too_large, "the header block is larger than its bound");
}

head_scanner::outcome head_scanner::scan(std::string_view bytes) noexcept {
    if (scanned_ == 0) {
        if (bytes.empty() || bytes == "\r")
            return outcome::more;
        if (bytes.substr(0, 2) == "\r\n")
            begin_ = scanned_ = line_ = 2;
    }
    if (bytes.size() == begin_)
        return outcome::more;
    if (!is(bytes[begin_], token_char))
        return refuse(errc::malformed_request, "no request begins with this byte");
    while (scanned_ < bytes.size()) {
        const auto* lf = static_cast<const char*>(std::memchr(bytes.data() + scanned_, '\n', bytes.size() - scanned_));
        if (lf == nullptr)
            break;
        const auto at = static_cast<std::size_t>(lf - bytes.data());
        if (bytes[at - 1] != '\r')
            return refuse(errc::malformed_request, "a line ends in a bare LF");
        scanned_ = at + 1;
        if (scanned_ - begin_ > limits_->head)
            return too_large();
        if (at - line_ == 1)
            return outcome::complete;
        line_ = scanned_;
        if (++lines_ > limits_->fields + 1)
            return refuse(errc::headers_too_large, "more header fields than their bound");
    }
    scanned_ = bytes.size();
    // 64: the longest method, two spaces and the version.
    if (scanned_ - begin_ >= limits_->head || (lines_ == 0 && scanned_ - begin_ > limits_->target + 64))
        return too_large();
    return outcome::more;
}

std::optional<refusal> read_head(std::string_view block, const gate_limits& limits, request_head& head, fields& out) {
    const auto line = until_line_end(block);
    if (auto refused = read_request_line(line, limits, head))
        return refused;
    field_rules rules{head};
    std::string_view rest = block.substr(line.size() + 2);
    while (rest.size() > 2) {
        const auto text = until_line_end(rest);
        rest.remove_prefix(text.size() + 2);
        std::size_t colon = 0;
        while (colon < text.size() && is(text[colon], token_char))
            ++colon;
        if (colon == 0)
            return bad(
                text.front() == ' ' || text.front() == '\t' ? "a field is folded over lines" : "a field has no name");
        if (colon == text.size() || text[colon] != ':')
            return bad("a field name is not a token followed by a colon");
        const auto value = trim(text.substr(colon + 1));
        if (!all_words<outside_values>(value, value_char))
            return bad("a field value has a control character");
        const auto raw_name = text.substr(0, colon);
        const auto name = boost::beast::http::string_to_field(raw_name);
        if (auto refused = rules.note(name, raw_name, value))
            return refused;
        out.insert(name, raw_name, value);
    }
    return rules.conclude();
}

} // namespace bursar::server::http
