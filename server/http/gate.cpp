#include "server/http/gate.hpp"

#include "server/ascii.hpp"
#include "server/http/authority.hpp"
#include "server/http/characters.hpp"
#include "server/http/headers.hpp"
#include "server/whole_number.hpp"

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

std::optional<std::uint64_t> length_value(std::string_view text) noexcept {
    // Nothing that long is ever accepted.
    return text.size() > 18 ? std::nullopt : parse_whole_number<std::uint64_t>(text);
}

refusal bad(const char* why) noexcept {
    return {errc::malformed_request, why};
}

std::optional<refusal> read_version(std::string_view version, request_head& head) noexcept {
    if (version.size() != 8 || version.substr(0, 5) != "HTTP/" || !is_digit(version[5]) || version[6] != '.' ||
        !is_digit(version[7]))
        return bad("the request line does not end in a single space and an HTTP version");
    if (version[5] != '1')
        return refusal{errc::version_not_supported, "only HTTP/1.0 and HTTP/1.1 are spoken here"};
    // A higher minor version is spoken to in the highest one known (RFC 9110 section 2.5).
    head.http_1_1 = version[7] != '0';
    head.keep_alive = head.http_1_1;
    return std::nullopt;
}

void split_target(std::string_view path_and_query, request_head& head) noexcept {
    const auto question = path_and_query.find('?');
    head.path = path_and_query.substr(0, question);
    head.query = question == std::string_view::npos ? std::string_view{} : path_and_query.substr(question + 1);
}

// RFC 9112 section 3.2.2: a server takes it, though only proxies are sent it.
bool read_absolute_form(request_head& head) noexcept {
    const auto end = head.target.find("://");
    const auto scheme = head.target.substr(0, end);
    if (end == std::string_view::npos || !(iequals(scheme, "http") || iequals(scheme, "https")))
        return false;
    const auto rest = head.target.substr(end + 3);
    const auto path = std::min(rest.find_first_of("/?"), rest.size());
    head.authority = rest.substr(0, path);
    head.default_port = iequals(scheme, "http") ? 80 : 443;
    split_target(rest.substr(path), head);
    // An empty path is the root (RFC 9110 section 4.2.3), and to OPTIONS the whole server (RFC 9112 section 3.2.4).
    if (head.path.empty())
        head.path = head.method == verb::options && rest.size() == path ? "*" : "/";
    return valid_authority(head.authority);
}

std::optional<refusal> read_target(request_head& head) {
    if (!all_words<outside_targets>(head.target, target_char))
        return bad("the target has a character that must be percent-encoded");
    if (head.target.starts_with('/') || (head.target == "*" && head.method == verb::options)) {
        split_target(head.target, head);
        return std::nullopt;
    }
    if (!read_absolute_form(head))
        return bad("the target is neither a path nor a URL of http or https");
    return std::nullopt;
}

std::optional<refusal> read_request_line(std::string_view line, const gate_limits& limits, request_head& head) {
    const auto first = line.find(' ');
    if (first == std::string_view::npos)
        return bad("the request line has no target");
    head.method_text = line.substr(0, first);
    if (head.method_text.empty() || !all(head.method_text, token_char))
        return bad("the method is not a token");
    if (head.method_text.size() > longest_method)
        return refusal{errc::not_implemented, "no method is that long"};
    head.method = boost::beast::http::string_to_verb(head.method_text);
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
    if (head.method == verb::connect)
        return refusal{errc::not_implemented, "CONNECT is not served"};
    return read_target(head);
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
            if (iequals(raw_name, "X-Idempotency-Key"))
                return singleton(seen_other_key, "more than one X-Idempotency-Key");
            return std::nullopt;
        default: return std::nullopt;
        }
    }

    std::optional<refusal> conclude() {
        if (head_->http_1_1 && (seen_ & seen_host) == 0)
            return bad("no Host");
        if (!host_.empty() && !head_->authority.empty() &&
            !same_authority(host_, head_->authority, head_->default_port))
            return bad("the target names another host than Host does");
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
        seen_key = 128,
        seen_other_key = 256
    };

    bool once(unsigned bit) noexcept {
        const bool first = (seen_ & bit) == 0;
        seen_ |= bit;
        return first;
    }

    std::optional<refusal> singleton(unsigned bit, const char* why) noexcept {
        return once(bit) ? std::nullopt : std::optional{bad(why)};
    }

    std::optional<refusal> judge_host(std::string_view value) noexcept {
        host_ = value;
        return valid_authority(value) ? std::nullopt : std::optional{bad("Host is not a name or address with a port")};
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
    std::string_view host_;
    unsigned seen_ = 0;
    bool asked_close_ = false;
    bool asked_keep_ = false;
};

// Of a field that comes again, the values are joined: empty ones add nothing to a list.
void add_line(fields& out, field name, std::string_view raw_name, std::string_view value) {
    const auto before = name == field::unknown ? out.find(raw_name) : out.find(name);
    if (before == out.end())
        return out.insert(name, raw_name, value);
    if (value.empty())
        return;
    std::string joined{std::string_view{before->value()}};
    joined += joined.empty() ? "" : ", ";
    joined += value;
    out.erase(before);
    out.insert(name, raw_name, joined);
}

std::string_view until_line_end(std::string_view rest) noexcept {
    const auto* lf = static_cast<const char*>(std::memchr(rest.data(), '\n', rest.size()));
    return rest.substr(0, static_cast<std::size_t>(lf - rest.data()) - 1);
}

} // namespace

error to_error(const refusal& reason) {
    const auto standing = describe(reason.code).message;
    error out{reason.code, reason.why};
    out.message = std::string{standing.substr(0, standing.size() - 1)} + ": " + reason.why + ".";
    return out;
}

std::string_view find_origin(std::string_view head) noexcept {
    constexpr std::string_view name = "Origin:";
    std::string_view found;
    for (auto end = head.find('\n'); end != std::string_view::npos; end = head.find('\n')) {
        head.remove_prefix(end + 1); // the request line, and then each that was looked at
        const auto whole = head.find("\r\n");
        const auto line = whole == std::string_view::npos ? std::string_view{} : head.substr(0, whole);
        if (line.size() < name.size() || !iequals(line.substr(0, name.size()), name))
            continue;
        if (!found.empty())
            return {};
        found = trim(line.substr(name.size()));
    }
    return found;
}

head_scanner::outcome head_scanner::refuse(errc code, const char* why) noexcept {
    reason_ = {code, why};
    return outcome::refused;
}

head_scanner::outcome head_scanner::too_large(std::string_view bytes) noexcept {
    if (lines_ > 0)
        return refuse(errc::headers_too_large, "the header block is larger than its bound");
    if (bytes.substr(begin_, longest_method + 1).find(' ') == std::string_view::npos)
        return refuse(errc::not_implemented, "no method is that long");
    return refuse(errc::uri_too_long, "the request line is longer than its bound");
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
            return too_large(bytes);
        if (at - line_ == 1)
            return outcome::complete;
        line_ = scanned_;
        if (++lines_ > limits_->fields + 1)
            return refuse(errc::headers_too_large, "more header fields than their bound");
    }
    scanned_ = bytes.size();
    // 64: the longest method, two spaces and the version.
    if (scanned_ - begin_ >= limits_->head || (lines_ == 0 && scanned_ - begin_ > limits_->target + 64))
        return too_large(bytes);
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
        add_line(out, name, raw_name, value);
    }
    return rules.conclude();
}

} // namespace bursar::server::http
