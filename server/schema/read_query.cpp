#include "server/http/percent_decode.hpp"
#include "server/schema/check.hpp"
#include "server/schema/read.hpp"
#include "server/schema/text.hpp"
#include "server/time.hpp"
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

// Its offset has a plus that was sent as it is, which in a query means a space.
bool has_lost_plus(std::string text) {
    const auto space = text.find(' ');
    if (space == std::string::npos)
        return false;
    text[space] = '+';
    return parse_rfc3339(text).has_value();
}

void read_scalar(const type& what, const constraints& rules, std::string_view text, void* out, faults& wrong) {
    if (what.kind == type_kind::boolean) {
        if (text != "true" && text != "false")
            return wrong.add("must be true or false");
        *static_cast<bool*>(out) = text == "true";
        return;
    }
    if (what.kind == type_kind::timestamp && has_lost_plus(std::string{text}))
        return wrong.add("must be a time as in RFC 3339, in which + is written %2B in a query");
    if (what.kind != type_kind::integer)
        return read_text(what, rules, text, out, wrong);
    const auto value = parse_whole_number<std::int64_t>(text);
    if (!value)
        return refuse_integer(rules, false, wrong);
    read_integer(rules, *value, out, wrong);
}

// What bounds a range of time, by the names that it has everywhere.
class time_range {
public:
    void note(const member_type& member, timestamp at) {
        if (member.name == "from")
            from_ = at;
        else if (member.name == "to")
            to_ = at;
    }
    void check(faults& wrong) const {
        if (from_ && to_ && *from_ > *to_)
            wrong.add("from", "must not be later than to");
    }

private:
    std::optional<timestamp> from_;
    std::optional<timestamp> to_;
};

void read_array(const member_type& member, std::string_view text, void* out, faults& wrong) {
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

void read_parameter(const member_type& member, std::string_view text, void* owner, faults& wrong, time_range& range) {
    void* const out = member.storage(owner);
    if (member.type->kind == type_kind::array)
        return read_array(member, text, out, wrong);
    const auto before = wrong.count();
    read_scalar(*member.type, member.rules, text, out, wrong);
    if (member.type->kind == type_kind::timestamp && wrong.count() == before)
        range.note(member, *static_cast<const timestamp*>(out));
}

} // namespace

result<> read_query(const type& what, std::string_view text, void* out) {
    faults wrong;
    time_range range;
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
        read_parameter(*known, *decoded, out, wrong, range);
    }
    for (std::size_t i = 0; i < what.members.size(); ++i)
        if ((seen >> i & 1U) == 0 && what.members[i].required)
            wrong.add(std::string{what.members[i].name}, "is required");
    range.check(wrong);
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
