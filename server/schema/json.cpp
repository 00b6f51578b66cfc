#include "server/schema/json.hpp"

#include "server/json_string.hpp"
#include "server/schema/text.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/error.hpp>

#include <algorithm>
#include <optional>

namespace bursar::server::schema {

namespace json = boost::json;

// The SAX handler: appends to the document and knows, at any time, where in it the parser stands.
class json_builder {
public:
    static constexpr auto max_object_size = static_cast<std::size_t>(-1);
    static constexpr auto max_array_size = static_cast<std::size_t>(-1);
    static constexpr auto max_key_size = static_cast<std::size_t>(-1);
    static constexpr auto max_string_size = static_cast<std::size_t>(-1);

    explicit json_builder(std::size_t size_hint) {
        document_.text_.reserve(size_hint);
        document_.nodes_.reserve(size_hint / 16 + 4);
    }

    json_document take() { return std::move(document_); }
    const std::optional<field_error>& refusal() const noexcept { return refusal_; }

    // Pointer of the value being read: the open containers, and what of the innermost is at hand.
    std::string pointer() const {
        std::string out;
        for (const auto& level : open_) {
            if (!level.in_object)
                append_pointer(out, level.count);
            else if (level.has_key)
                append_pointer(out, document_.view(level.key));
        }
        return out;
    }

    bool on_document_begin(json::error_code&) { return true; }
    bool on_document_end(json::error_code&) { return true; }
    bool on_object_begin(json::error_code&) { return open(json_document::kind::object); }
    bool on_array_begin(json::error_code&) { return open(json_document::kind::array); }
    bool on_array_end(std::size_t, json::error_code&) { return close(); }

    bool on_object_end(std::size_t count, json::error_code& ec) {
        if (count > few_keys && !keys_differ(ec))
            return false;
        return close();
    }

    bool on_key_part(json::string_view s, std::size_t, json::error_code&) { return append(key_, s); }
    bool on_key(json::string_view s, std::size_t, json::error_code& ec) {
        append(key_, s);
        auto& level = open_.back();
        level.key = std::exchange(key_, {});
        level.has_key = true;
        return ++level.keys > few_keys || key_is_new(ec);
    }

    bool on_string_part(json::string_view s, std::size_t, json::error_code&) { return append(string_, s); }
    bool on_string(json::string_view s, std::size_t, json::error_code&) {
        append(string_, s);
        add(json_document::kind::string).text = std::exchange(string_, {});
        return leave();
    }

    bool on_number_part(json::string_view, json::error_code&) { return true; }
    bool on_int64(std::int64_t, json::string_view text, json::error_code&) { return add_number(text); }
    bool on_uint64(std::uint64_t, json::string_view text, json::error_code&) { return add_number(text); }
    bool on_double(double, json::string_view text, json::error_code&) { return add_number(text); }

    bool on_bool(bool value, json::error_code&) {
        add(json_document::kind::boolean).number = value ? 1 : 0;
        return leave();
    }
    bool on_null(json::error_code&) {
        add(json_document::kind::null);
        return leave();
    }
    bool on_comment_part(json::string_view, json::error_code&) { return true; }
    bool on_comment(json::string_view, json::error_code&) { return true; }

private:
    // Up to here each new key is compared with those before it; beyond, all are sorted once the object is complete, so
    // that a body full of keys costs n log n.
    static constexpr std::size_t few_keys = 16;

    struct open_container {
        bool in_object;
        std::uint32_t node;
        std::size_t count = 0; // values complete
        std::size_t keys = 0;
        bool has_key = false;
        json_document::range key{};
    };

    bool refuse(json::error_code& ec, std::string message) {
        refusal_ = field_error{pointer(), std::move(message)};
        ec = json::error::syntax;
        return false;
    }

    bool append(json_document::range& where, json::string_view s) {
        auto& text = document_.text_;
        if (where.size == 0)
            where.offset = static_cast<std::uint32_t>(text.size());
        text.append(s.data(), s.size());
        where.size += static_cast<std::uint32_t>(s.size());
        return true;
    }

    // By its text: the parser's double would make one of two numbers that differ.
    bool add_number(json::string_view text) {
        const auto read = number_of(text);
        if (const auto* whole = std::get_if<std::int64_t>(&read))
            add(json_document::kind::integer).number = *whole;
        else if (const auto* part = std::get_if<fraction>(&read))
            add_text(json_document::kind::fraction, part->text);
        else
            add_text(json_document::kind::out_of_range, text);
        return leave();
    }

    void add_text(json_document::kind what, std::string_view text) {
        const json_document::range where{
            static_cast<std::uint32_t>(document_.text_.size()), static_cast<std::uint32_t>(text.size())};
        document_.text_ += text;
        add(what).text = where;
    }

    json_document::node& add(json_document::kind what) {
        auto& nodes = document_.nodes_;
        auto& made = nodes.emplace_back();
        made.what = what;
        made.end = static_cast<std::uint32_t>(nodes.size());
        if (!open_.empty() && open_.back().in_object)
            made.key = open_.back().key;
        return made;
    }

    bool leave() {
        if (!open_.empty()) {
            ++open_.back().count;
            open_.back().has_key = false;
        }
        return true;
    }

    bool open(json_document::kind what) {
        add(what);
        open_.push_back({what == json_document::kind::object, static_cast<std::uint32_t>(document_.nodes_.size() - 1)});
        return true;
    }

    bool close() {
        document_.nodes_[open_.back().node].end = static_cast<std::uint32_t>(document_.nodes_.size());
        open_.pop_back();
        return leave();
    }

    bool key_is_new(json::error_code& ec) {
        const auto& nodes = document_.nodes_;
        const auto& now = open_.back();
        const auto key = document_.view(now.key);
        for (auto at = now.node + 1; at < nodes.size(); at = nodes[at].end)
            if (document_.view(nodes[at].key) == key)
                return refuse(ec, "is a duplicate key");
        return true;
    }

    bool keys_differ(json::error_code& ec) {
        const auto& nodes = document_.nodes_;
        auto& now = open_.back();
        std::vector<json_document::range> keys;
        keys.reserve(now.keys);
        for (auto at = now.node + 1; at < nodes.size(); at = nodes[at].end)
            keys.push_back(nodes[at].key);
        std::sort(keys.begin(), keys.end(), [this](auto a, auto b) { return document_.view(a) < document_.view(b); });
        const auto twice = std::adjacent_find(
            keys.begin(), keys.end(), [this](auto a, auto b) { return document_.view(a) == document_.view(b); });
        if (twice == keys.end())
            return true;
        now.key = *twice;
        now.has_key = true;
        return refuse(ec, "is a duplicate key");
    }

    json_document document_;
    std::vector<open_container> open_;
    json_document::range key_;
    json_document::range string_;
    std::optional<field_error> refusal_;
};

namespace {

error malformed(std::string pointer, std::string message) {
    std::vector<field_error> fields;
    fields.push_back({std::move(pointer), std::move(message)});
    return {errc::malformed_json, std::move(fields)};
}

// An escaped leading surrogate ends at `offset`, and no escape follows: the parser calls that a mere syntax error.
bool follows_leading_surrogate(std::string_view text, std::size_t offset) noexcept {
    if (offset < 6 || offset > text.size())
        return false;
    const auto escape = text.substr(offset - 6, 4);
    return escape.starts_with("\\u") && (escape[2] | 0x20) == 'd' &&
           std::string_view{"89abAB"}.find(escape[3]) != std::string_view::npos;
}

// Overwrites the exponent that begins at `at` if it is beyond what the parser takes, which is an int: no body is so
// long that one of eight nines would not be out of range as well.
void shorten_exponent(std::string& text, std::size_t at) {
    static constexpr std::size_t most = 8;
    if (at < text.size() && (text[at] == '+' || text[at] == '-'))
        ++at;
    const auto end = std::min(text.find_first_not_of("0123456789", at), text.size());
    const auto digits = std::min(text.find_first_not_of('0', at), end);
    if (end - digits <= most)
        return;
    std::fill(text.begin() + static_cast<std::ptrdiff_t>(at), text.begin() + static_cast<std::ptrdiff_t>(end), '0');
    text.replace(end - most, most, most, '9');
}

// The same document, as long as it was, for a parser that knows no larger ones.
std::string with_short_exponents(std::string_view text) {
    std::string out{text};
    bool quoted = false;
    for (std::size_t at = 0; at < out.size(); ++at) {
        if (out[at] == '"')
            quoted = !quoted;
        else if (quoted && out[at] == '\\')
            ++at;
        else if (!quoted && (out[at] == 'e' || out[at] == 'E'))
            shorten_exponent(out, at + 1);
    }
    return out;
}

std::string reason(json::error_code code, std::string_view text, std::size_t offset) {
    const auto at = " at byte " + std::to_string(offset);
    if (const auto valid = valid_utf8_prefix(text); valid < text.size() && valid <= offset + 3)
        return "is not valid UTF-8 at byte " + std::to_string(valid);
    if (code == json::error::incomplete)
        return "ends too early" + at;
    if (code == json::error::too_deep)
        return "is nested more than " + std::to_string(max_depth) + " levels deep" + at;
    if (code == json::error::illegal_leading_surrogate || code == json::error::illegal_trailing_surrogate ||
        code == json::error::expected_utf16_escape || follows_leading_surrogate(text, offset))
        return "contains a lone surrogate" + at;
    if (code == json::error::expected_hex_digit)
        return "contains a broken \\u escape" + at;
    if (offset < text.size() && static_cast<unsigned char>(text[offset]) < 0x20)
        return "contains an unescaped control character" + at;
    return "is not valid JSON" + at;
}

} // namespace

result<json_document> read_json(std::string_view text) {
    static constexpr std::string_view white_space = " \t\r\n";
    if (text.starts_with("\xEF\xBB\xBF"))
        return malformed("", "must not begin with a byte order mark");
    if (text.find_first_not_of(white_space) == std::string_view::npos)
        return malformed("", "is empty");

    json::parse_options options;
    options.max_depth = max_depth;
    json::basic_parser<json_builder> parser(options, text.size());
    json::error_code code;
    const auto used = parser.write_some(false, text.data(), text.size(), code);
    if (code == json::error::exponent_overflow)
        return read_json(with_short_exponents(text)); // once: there is none to shorten then
    auto& builder = parser.handler();
    if (builder.refusal())
        return malformed(builder.refusal()->pointer, builder.refusal()->message);
    if (code)
        return malformed(builder.pointer(), reason(code, text, used));
    if (const auto rest = text.find_first_not_of(white_space, used); rest != std::string_view::npos)
        return malformed("", "has something after its end, at byte " + std::to_string(rest));
    return builder.take();
}

std::size_t json_value::size() const noexcept {
    std::size_t count = 0;
    for (auto at = begin(); at != end(); ++at)
        ++count;
    return count;
}

void json_value::write(std::string& out) const {
    using kind = json_document::kind;
    const auto what = node().what;
    switch (what) {
    case kind::null: out += "null"; return;
    case kind::boolean: out += as_bool() ? "true" : "false"; return;
    case kind::integer: out += std::to_string(as_integer()); return;
    case kind::fraction:
    case kind::out_of_range: out += document_->view(node().text); return;
    case kind::string: append_json_string(out, as_string()); return;
    case kind::array:
    case kind::object: break;
    }
    out += what == kind::object ? '{' : '[';
    bool first = true;
    for (const auto inner : *this) {
        if (!std::exchange(first, false))
            out += ',';
        if (what == kind::object) {
            append_json_string(out, inner.key());
            out += ':';
        }
        inner.write(out);
    }
    out += what == kind::object ? '}' : ']';
}

void append_pointer(std::string& pointer, std::string_view name) {
    pointer += '/';
    for (const char c : name) {
        if (c == '~')
            pointer += "~0";
        else if (c == '/')
            pointer += "~1";
        else
            pointer += c;
    }
}

void append_pointer(std::string& pointer, std::size_t index) {
    pointer += '/';
    pointer += std::to_string(index);
}

} // namespace bursar::server::schema
