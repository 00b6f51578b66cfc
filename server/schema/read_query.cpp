#include "server/http/percent_decode.hpp"
#include "server/schema/check.hpp"
#include "server/schema/read.hpp"
#include "server/schema/text.hpp"
#include "server/whole_number.hpp"

#include <algorithm>

namespace bursar::server::schema {

namespace {

// A name or a value of a query, where '+' is a space.
std::optional<std::string> decode(std::string_view text) {
    std::string spaced{text};
    std::replace(spaced.begin(), spaced.end(), '+', ' ');
    auto out = http::percent_decode(spaced);
    if (!out || out->find('\0') != std::string::npos || !is_utf8(*out))
        return std::nullopt;
    return out;
}

// The text before the separator; cuts it and the separator off `rest`.
std::string_view take_until(std::string_view& rest, char separator) noexcept {
    const auto end = rest.find(separator);
    const auto piece = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
    return piece;
}

void read_scalar(const type& what, const constraints& rules, std::string_view text, void* out, faults& wrong) {
    if (what.kind == type_kind::boolean) {
        if (text != "true" && text != "false")
            return wrong.add("must be true or false");
        *static_cast<bool*>(out) = text == "true";
        return;
    }
    if (what.kind != type_kind::integer)
        return read_text(what, rules, text, out, wrong);
    const auto value = parse_whole_number<std::int64_t>(text);
    if (!value)
        return refuse_integer(rules, false, wrong);
    read_integer(rules, *value, out, wrong);
}

void read_parameter(const member_type& member, std::string_view text, void* owner, faults& wrong) {
    void* const out = member.storage(owner);
    if (member.type->kind != type_kind::array)
        return read_scalar(*member.type, member.rules, text, out, wrong);
    const auto most = member.rules.has_items ? member.rules.count.max : most_query_elements;
    const auto count = text.empty() ? 0 : static_cast<std::size_t>(std::count(text.begin(), text.end(), ',')) + 1;
    if (!member.rules.has_items && count > most)
        wrong.add("must have at most " + std::to_string(most) + " elements");
    check_count(member.rules, count, wrong);
    if (count > most)
        return;
    for (std::size_t i = 0; i < count; ++i)
        read_scalar(*member.type->element, member.rules, take_until(text, ','), member.type->append(out), wrong);
}

} // namespace

result<> read_query(const type& what, std::string_view text, void* out) {
    faults wrong;
    std::vector<field_error> unreadable;
    std::uint64_t seen = 0;
    while (!text.empty()) {
        auto value = take_until(text, '&');
        const auto name = decode(take_until(value, '='));
        const auto decoded = decode(value);
        if (!name || !decoded) {
            if (unreadable.size() < faults::most)
                unreadable.push_back({name.value_or("?"), "must be percent-encoded UTF-8 without U+0000"});
            continue;
        }
        if (name->empty() && decoded->empty())
            continue; // "a=1&&b=2"
        wrong.where = *name;
        const auto* known = what.find(*name);
        if (known == nullptr) {
            refuse_name(what, *name, "parameter", wrong);
            continue;
        }
        const auto bit = std::uint64_t{1} << static_cast<std::size_t>(known - what.members.data());
        if ((seen & bit) != 0) {
            wrong.add("must not be given twice");
            continue;
        }
        seen |= bit;
        read_parameter(*known, *decoded, out, wrong);
    }
    for (std::size_t i = 0; i < what.members.size(); ++i)
        if ((seen >> i & 1U) == 0 && what.members[i].required)
            wrong.add(std::string{what.members[i].name}, "is required");
    if (unreadable.empty())
        return std::move(wrong).finish();
    error cannot{errc::malformed_request, std::move(unreadable)};
    cannot.message = "The query string cannot be read.";
    return cannot;
}

result<> read_no_query(std::string_view text) {
    static const auto nothing = [] {
        type out;
        out.kind = type_kind::object;
        return out;
    }();
    return read_query(nothing, text, nullptr);
}

std::optional<std::string> find_parameter(std::string_view text, std::string_view name) {
    while (!text.empty()) {
        auto value = take_until(text, '&');
        if (decode(take_until(value, '=')) != name)
            continue;
        if (auto decoded = decode(value))
            return decoded;
    }
    return std::nullopt;
}

} // namespace bursar::server::schema
