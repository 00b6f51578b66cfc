#include "server/schema/build.hpp"

#include "server/json_string.hpp"
#include "server/schema/text.hpp"

#include <algorithm>
#include <charconv>

namespace bursar::server::schema {

namespace formats {

namespace {

bool is_letter(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

} // namespace

bool is_email(std::string_view text) {
    const auto at = text.find('@');
    if (at == std::string_view::npos || at == 0 || text.find('@', at + 1) != std::string_view::npos)
        return false;
    const auto domain = text.substr(at + 1);
    const auto dot = domain.rfind('.');
    const bool shaped = dot != std::string_view::npos && dot > 0 && dot + 1 < domain.size() && domain.front() != '.' &&
                        domain.find("..") == std::string_view::npos;
    return shaped && !has_hidden_characters(text) && std::none_of(text.begin(), text.end(), [](char c) {
               const auto byte = static_cast<unsigned char>(c);
               return byte <= 0x20 || byte == 0x7F ||
                      std::string_view{"()<>[],;:\\\""}.find(c) != std::string_view::npos;
           });
}

bool is_ascii_email(std::string_view text) {
    return is_email(text) && is_visible_ascii(text);
}

bool is_identifier(std::string_view text) {
    return !text.empty() && is_letter(text.front()) && std::all_of(text.begin(), text.end(), [](char c) {
        return is_letter(c) || is_digit(c) || c == '.' || c == '_' || c == '-';
    });
}

bool is_visible_ascii(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '!' && c <= '~'; });
}

} // namespace formats

void render(std::string& out, bool value) {
    out += value ? "true" : "false";
}

void render(std::string& out, std::int64_t value) {
    std::array<char, 20> digits;
    const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), value);
    out.append(digits.data(), written.ptr);
}

void render(std::string& out, const uuid& value) {
    const auto at = out.size();
    out.resize(at + 38);
    out[at] = '"';
    value.write(out.data() + at + 1);
    out[at + 37] = '"';
}

void render(std::string& out, timestamp value) {
    out += '"';
    append_rfc3339(out, value);
    out += '"';
}

namespace detail {

void apply(member_type& m, const length& o) {
    m.rules.text = o;
    m.rules.has_length = true;
}
void apply(member_type& m, const horizon& o) {
    m.rules.horizon = o;
}
void apply(member_type& m, const range& o) {
    m.rules.integer = o;
    m.rules.has_range = true;
}
void apply(member_type& m, const minor_units&) {
    m.rules.minor_units = true;
}
void apply(member_type& m, const items& o) {
    m.rules.count = o;
    m.rules.has_items = true;
}
void apply(member_type& m, const not_blank&) {
    m.rules.not_blank = true;
}
void apply(member_type& m, const single_line&) {
    m.rules.single_line = true;
}
void apply(member_type& m, const label&) {
    m.rules.not_blank = true;
    m.rules.single_line = true;
    m.rules.label = true;
}
void apply(member_type& m, const optional_with_default&) {
    m.required = false;
}
void apply(member_type& m, const wanted_without& o) {
    m.wanted_without = o.other;
}
void apply(member_type& m, const nullable&) {
    m.null_accepted = true;
}
void apply(member_type& m, const omitted_when_empty&) {
    m.null_shown = false;
    m.always_shown = false;
}
void apply(member_type& m, const read_only&) {
    m.read_only = true;
    m.required = false;
}
void apply(member_type& m, const deprecated&) {
    m.deprecated = true;
}
void apply(member_type& m, const doc& o) {
    m.doc = o.text;
}
void apply(member_type& m, const free_form& o) {
    m.rules.bounds = o;
}
void apply(member_type& m, const format& o) {
    m.rules.format = o;
}

void apply(member_type& m, const example& o) {
    switch (m.type->kind) {
    case type_kind::string:
    case type_kind::uuid:
    case type_kind::timestamp:
    case type_kind::enumeration: append_json_string(m.example, o.text); break;
    default: m.example = o.text;
    }
}

} // namespace detail

} // namespace bursar::server::schema
