#include "server/schema/check.hpp"
#include "server/schema/read.hpp"
#include "server/schema/values.hpp"

namespace bursar::server::schema {

namespace {

void read_value(const type& what, const constraints& rules, json_value from, void* out, faults& wrong);

// Lengthens the pointer for as long as a member or element is read.
class step_into {
public:
    template <class Token>
    step_into(faults& wrong, Token token)
        : wrong_(wrong)
        , size_(wrong.where.size()) {
        append_pointer(wrong_.where, token);
    }
    ~step_into() { wrong_.where.resize(size_); }
    step_into(const step_into&) = delete;
    step_into& operator=(const step_into&) = delete;

private:
    faults& wrong_;
    std::size_t size_;
};

void read_member(const member_type& member, json_value from, void* owner, faults& wrong) {
    if (member.read_only)
        return wrong.add("is read-only");
    if (!from.is_null())
        return read_value(*member.type, member.rules, from, member.storage(owner), wrong);
    if (!member.null_accepted)
        return wrong.add("must not be null");
    member.clear(owner);
}

// What an object holds of its declaration.
struct census {
    std::uint64_t present = 0; // by place in the declaration; objects have far fewer members than bits
    std::uint64_t null = 0;
    bool strangers = false;
};

census count_members(const type& what, json_value from) {
    census out;
    for (const auto member : from) {
        const auto* known = what.find(member.key());
        if (known == nullptr) {
            out.strangers = true;
            continue;
        }
        const auto bit = std::uint64_t{1} << static_cast<std::size_t>(known - what.members.data());
        (member.is_null() ? out.null : out.present) |= bit;
    }
    return out;
}

// Before other faults, since only so many of them are reported.
void name_missing(const type& what, const census& found, faults& wrong) {
    const auto stands = [&](std::size_t i) { return (found.present >> i & 1U) != 0; };
    const auto lacks = [&](const member_type& member, std::string why) {
        const step_into here{wrong, member.name};
        wrong.add(std::move(why));
    };
    for (std::size_t i = 0; i < what.members.size(); ++i) {
        const auto& member = what.members[i];
        if (stands(i))
            continue;
        if (member.required && (found.null >> i & 1U) == 0)
            lacks(member, "is required");
        if (!found.strangers || member.wanted_without.empty())
            continue;
        const auto* other = what.find(member.wanted_without);
        if (!stands(static_cast<std::size_t>(other - what.members.data())))
            lacks(member, "is required, or " + std::string{other->name});
    }
}

void read_object(const type& what, json_value from, void* out, faults& wrong) {
    name_missing(what, count_members(what, from), wrong);
    for (const auto member : from) {
        const step_into here{wrong, member.key()};
        if (const auto* known = what.find(member.key()))
            read_member(*known, member, out, wrong);
        else
            refuse_name(what, member.key(), "field", wrong);
    }
}

void read_array(const type& what, const constraints& rules, json_value from, void* out, faults& wrong) {
    check_count(rules, from.size(), wrong);
    std::size_t index = 0;
    for (const auto element : from) {
        const step_into here{wrong, index++};
        if (rules.has_items && index > rules.count.max)
            return;
        if (element.is_null())
            wrong.add("must not be null");
        else
            read_value(*what.element, rules, element, what.append(out), wrong);
    }
}

constexpr std::string_view no_nul = "must not contain the character U+0000";

bool has_nul(std::string_view text) noexcept {
    return text.find('\0') != std::string_view::npos;
}

// Numbers that nobody could give back as they were, and the character that PostgreSQL's texts do not have.
void check_values(json_value from, faults& wrong) {
    if (from.is_string() && has_nul(from.as_string()))
        return wrong.add(std::string{no_nul});
    if (from.is_out_of_range())
        return wrong.add("must be a whole number from -9007199254740991 to 9007199254740991, or one of at most 17 "
                         "digits with at most "
                         "40 decimal places");
    if (from.is_object())
        for (const auto member : from) {
            const step_into here{wrong, member.key()};
            if (has_nul(member.key()))
                wrong.add(std::string{no_nul});
            check_values(member, wrong);
        }
    std::size_t index = 0;
    if (from.is_array())
        for (const auto element : from) {
            const step_into here{wrong, index++};
            check_values(element, wrong);
        }
}

void read_free_form(const constraints& rules, json_value from, void* out, faults& wrong) {
    if (from.size() > rules.bounds.max_keys)
        return wrong.add("must have at most " + std::to_string(rules.bounds.max_keys) + " keys");
    const auto before = wrong.count();
    check_values(from, wrong);
    if (wrong.count() > before)
        return;
    std::string text;
    from.write(text);
    if (text.size() > rules.bounds.max_bytes)
        return wrong.add("must be at most " + std::to_string(rules.bounds.max_bytes) + " bytes of JSON");
    static_cast<raw_json*>(out)->text = std::move(text);
}

void read_value(const type& what, const constraints& rules, json_value from, void* out, faults& wrong) {
    switch (what.kind) {
    case type_kind::string:
    case type_kind::uuid:
    case type_kind::timestamp:
    case type_kind::enumeration:
        if (!from.is_string())
            return wrong.add("must be a string");
        if (has_nul(from.as_string()))
            return wrong.add(std::string{no_nul});
        return read_text(what, rules, from.as_string(), out, wrong);
    case type_kind::boolean:
        if (!from.is_bool())
            return wrong.add("must be true or false");
        *static_cast<bool*>(out) = from.as_bool();
        return;
    case type_kind::integer:
        if (!from.is_integer())
            return refuse_integer(rules, from.is_out_of_range(), wrong);
        return read_integer(rules, from.as_integer(), out, wrong);
    case type_kind::array:
        if (!from.is_array())
            return wrong.add("must be an array");
        return read_array(what, rules, from, out, wrong);
    case type_kind::object:
        if (!from.is_object())
            return wrong.add("must be an object");
        return read_object(what, from, out, wrong);
    case type_kind::free_form:
        if (!from.is_object())
            return wrong.add("must be an object");
        return read_free_form(rules, from, out, wrong);
    }
}

} // namespace

result<> read_body(const type& what, std::string_view text, void* out) {
    const auto document = read_json(text);
    if (!document)
        return document.error();
    faults wrong;
    read_value(what, {}, document->root(), out, wrong);
    return std::move(wrong).finish();
}

} // namespace bursar::server::schema
