#include "server/openapi/schemas.hpp"

#include "server/schema/json.hpp"
#include "server/schema/text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <limits>
#include <span>
#include <stdexcept>

namespace bursar::server::openapi {

using schema::constraints;
using schema::member_type;
using schema::type;
using schema::type_kind;

namespace {

constexpr const char* json_object = "JsonObject";
constexpr auto unbounded = std::numeric_limits<std::size_t>::max();

// A class of characters of a regular expression in Unicode mode.
std::string class_of(std::span<const schema::character_range> ranges) {
    const auto point = [](char32_t c) {
        std::array<char, 8> out{};
        if (c <= 0xFFFF) {
            const auto written = std::snprintf(out.data(), out.size(), "\\u%04X", static_cast<unsigned>(c));
            return std::string{out.data(), static_cast<std::size_t>(written)};
        }
        // As it is: not every dialect knows an escape for it.
        std::string utf8;
        utf8 += static_cast<char>(0xF0 | c >> 18U);
        for (const auto shift : {12U, 6U, 0U})
            utf8 += static_cast<char>(0x80 | (c >> shift & 0x3FU));
        return utf8;
    };
    std::string out;
    for (const auto& range : ranges)
        out.append(point(range.first)).append(range.first == range.last ? "" : "-" + point(range.last));
    return out;
}

// What the reader's checks of a string come to as a regular expression; not_blank and the control characters it
// refuses are part of the contract, so the document has to say them.
std::string string_pattern(const constraints& rules) {
    if (rules.format && !rules.format->pattern.empty())
        return std::string{rules.format->pattern};
    const std::string refused = rules.label ? class_of(schema::hidden_characters)
                                : rules.single_line
                                    ? R"(\u0000-\u001F\u007F-\u009F\u2028\u2029)"
                                    : R"(\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u0084\u0086-\u009F)";
    const auto any = "[^" + refused + "]*";
    if (!rules.not_blank)
        return "^" + any + "$";
    return "^" + any + R"([^\s\u0085\u200B\u2800\uFEFF)" + refused + "]" + any + "$";
}

void add_string_rules(json::object& out, const constraints& rules) {
    if (rules.has_length && rules.text.min > 0)
        out["minLength"] = rules.text.min;
    if (rules.has_length && rules.text.max != unbounded)
        out["maxLength"] = rules.text.max;
    if (rules.format && !rules.format->name.empty())
        out["format"] = rules.format->name;
    if (!rules.format || !rules.format->pattern.empty())
        out["pattern"] = string_pattern(rules);
}

void add_rules(json::object& out, const type& what, const constraints& rules) {
    switch (what.kind) {
    case type_kind::string: add_string_rules(out, rules); break;
    case type_kind::integer:
        out["minimum"] = rules.has_range ? rules.integer.min : -schema::max_integer;
        out["maximum"] = rules.has_range ? rules.integer.max : schema::max_integer;
        break;
    case type_kind::timestamp: out["pattern"] = "^(19|[2-9][0-9])[0-9]{2}-"; break;
    case type_kind::free_form: out["maxProperties"] = rules.bounds.max_keys; break;
    default: break;
    }
}

json::object plain(const char* name) {
    return {{"type", name}};
}
json::object plain(const char* name, const char* format) {
    return {{"type", name}, {"format", format}};
}

json::object nullable(json::object what) {
    if (auto* kind = what.if_contains("type"); kind != nullptr && !what.contains("enum")) {
        json::array both{*kind, "null"};
        *kind = std::move(both);
        return what;
    }
    return {{"anyOf", json::array{std::move(what), plain("null")}}};
}

// Not a schema of values that contains itself: generators of clients do not end, or give up.
json::object json_object_schema() {
    return {
        {"type", "object"},
        {"description", "Members of your own, of any JSON. Numbers are kept by their value: whole ones, and others of "
                        "at most 17 digits "
                        "with at most 40 decimal places."},
        {"additionalProperties", true}};
}

// Of a member, so that two of one object, which mean different things, differ.
std::string sample_id(std::string_view member) {
    if (member.empty() || member == "id")
        return "0193a1c4-5e6f-7a8b-9c0d-1e2f3a4b5c6d";
    std::uint64_t hash = 14695981039346656037U; // FNV-1a
    for (const char c : member)
        hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
    std::array<char, 40> out{};
    const auto written = std::snprintf(
        out.data(), out.size(), "0193a1c4-5e6f-7a8b-9c0d-%012llx",
        static_cast<unsigned long long>(hash & 0xFFFF'FFFF'FFFFU));
    return {out.data(), static_cast<std::size_t>(written)};
}

json::value fallback_example(const type& what, const constraints& rules, std::string_view member = {}) {
    switch (what.kind) {
    case type_kind::boolean: return true;
    case type_kind::integer: return rules.has_range ? std::max<std::int64_t>(rules.integer.min, 1) : 1;
    case type_kind::uuid: return json::value(json::string_view(sample_id(member)));
    case type_kind::timestamp: return "2026-11-21T09:30:00.000000Z";
    case type_kind::enumeration: return json::string_view{what.names.front()};
    case type_kind::free_form: return json::object{};
    default: return rules.format && rules.format->name == "email" ? "ada@example.org" : "text";
    }
}

bool among(const std::array<std::string_view, 4>& names, std::string_view name) noexcept {
    return std::find(names.begin(), names.end(), name) != names.end();
}

// With what no keyword of JSON Schema says.
std::string description_of(const member_type& member, direction way) {
    std::string out{member.doc};
    if (way == direction::input && member.rules.horizon)
        out.append(out.empty() ? "" : " ").append("At most ").append(member.rules.horizon->text).append(" ahead.");
    return out;
}

} // namespace

json::object reference(std::string_view section, std::string_view name) {
    return {{"$ref", "#/components/" + std::string{section} + "/" + std::string{name}}};
}

void schema_set::note(const type& what, direction way) {
    if (!what.name.empty()) {
        auto& used = uses_[std::string{what.name}];
        if (used.what != nullptr && used.what != &what)
            throw std::logic_error("two types share the component name " + std::string{what.name});
        used.what = &what;
        auto& known = way == direction::input ? used.input : used.output;
        if (std::exchange(known, true))
            return;
    }
    free_form_ = free_form_ || what.kind == type_kind::free_form;
    if (what.element != nullptr)
        note(*what.element, way);
    for (const auto& member : what.members)
        if (way == direction::output || !member.read_only)
            note(*member.type, way);
}

std::string schema_set::name_of(const type& what, direction way) const {
    const auto& used = uses_.find(what.name)->second;
    const bool apart = way == direction::input && used.output && what.kind == type_kind::object;
    return std::string{what.name} + (apart ? "Input" : "");
}

json::object schema_set::of(const type& what, direction way) const {
    return what.name.empty() ? written_out(what, way) : reference("schemas", name_of(what, way));
}

json::object schema_set::written_out(const type& what, direction way) const {
    switch (what.kind) {
    case type_kind::string: return plain("string");
    case type_kind::boolean: return plain("boolean");
    case type_kind::integer: return plain("integer", "int64");
    case type_kind::uuid: return plain("string", "uuid");
    case type_kind::timestamp: return plain("string", "date-time");
    case type_kind::enumeration: {
        json::array names;
        for (const auto name : what.names)
            names.emplace_back(name);
        return {{"type", "string"}, {"enum", std::move(names)}};
    }
    case type_kind::array: return {{"type", "array"}, {"items", of(*what.element, way)}};
    case type_kind::free_form: return reference("schemas", json_object);
    case type_kind::object: break;
    }
    if (what.forms.empty() || way == direction::output)
        return members_of(what, way);
    json::array forms;
    for (const auto& form : what.forms)
        forms.push_back(reference("schemas", form.name));
    return {{"description", what.doc}, {"oneOf", std::move(forms)}};
}

json::object schema_set::members_of(const type& what, direction way, const schema::form* only) const {
    json::object properties;
    json::array required;
    for (const auto& member : what.members) {
        if ((way == direction::input && member.read_only) || (only != nullptr && among(only->without, member.name)))
            continue;
        const bool asked = only != nullptr && among(only->required, member.name);
        properties[member.name] = asked ? asked_for(member) : property(member, way);
        if (asked || (way == direction::input ? member.required : member.always_shown))
            required.emplace_back(member.name);
    }
    json::object out = plain("object");
    if (const auto doc = only != nullptr ? only->doc : what.doc; !doc.empty())
        out["description"] = doc;
    out["properties"] = std::move(properties);
    if (!required.empty())
        out["required"] = std::move(required);
    if (way == direction::input)
        out["additionalProperties"] = false;
    return out;
}

json::object schema_set::with_constraints(const member_type& member, direction way) const {
    const auto& rules = member.rules;
    if (member.type->kind != type_kind::array) {
        auto out = of(*member.type, way);
        if (way == direction::input || member.type->kind != type_kind::timestamp)
            add_rules(out, *member.type, rules);
        return out;
    }
    auto elements = of(*member.type->element, way);
    add_rules(elements, *member.type->element, rules);
    json::object out{{"type", "array"}, {"items", std::move(elements)}};
    if (rules.has_items && rules.count.min > 0)
        out["minItems"] = rules.count.min;
    if (rules.has_items && rules.count.max != unbounded)
        out["maxItems"] = rules.count.max;
    return out;
}

json::object schema_set::of(const member_type& member, direction way) const {
    auto out = with_constraints(member, way);
    if (way == direction::input ? member.null_accepted : member.null_shown)
        out = nullable(std::move(out));
    if (const auto doc = description_of(member, way); !doc.empty())
        out["description"] = doc;
    if (way == direction::input && !member.default_json.empty())
        out["default"] = json::parse(member.default_json);
    if (member.deprecated)
        out["deprecated"] = true;
    if (member.read_only)
        out["readOnly"] = true;
    return out;
}

// Without null, which stands for a member that is absent.
json::object schema_set::asked_for(schema::member_type member) const {
    member.null_accepted = false;
    return property(member, direction::input);
}

// A member of a body that has a default is absent or present; generators of clients take the keyword for a promise that
// it is there.
json::object schema_set::property(const member_type& member, direction way) const {
    auto out = of(member, way);
    const auto* preset = out.if_contains("default");
    if (preset == nullptr)
        return out;
    std::string text;
    if (const auto* doc = out.if_contains("description"))
        text.append(doc->as_string()).append(" ");
    text.append("Default: `").append(json::serialize(*preset)).append("`.");
    out["description"] = text;
    out.erase("default");
    return out;
}

json::object schema_set::components() const {
    json::object out;
    for (const auto& [name, used] : uses_) {
        if (used.output)
            out[name_of(*used.what, direction::output)] = written_out(*used.what, direction::output);
        if (!used.input)
            continue;
        out[name_of(*used.what, direction::input)] = written_out(*used.what, direction::input);
        for (const auto& form : used.what->forms)
            out[form.name] = members_of(*used.what, direction::input, &form);
    }
    for (const auto& [name, used] : uses_)
        if (used.what->kind == type_kind::enumeration && !used.what->doc.empty())
            out[name].as_object()["description"] = used.what->doc;
    if (free_form_)
        out[json_object] = json_object_schema();
    return out;
}

json::value schema_set::example_of(const type& what, direction way) const {
    if (what.kind == type_kind::array)
        return json::array{example_of(*what.element, way)};
    if (what.kind != type_kind::object)
        return fallback_example(what, {});
    return example_of(what, way, way == direction::input && !what.forms.empty() ? &what.forms.front() : nullptr);
}

json::object schema_set::example_of(const type& what, direction way, const schema::form* form) const {
    json::object out;
    for (const auto& member : what.members) {
        if (form != nullptr && among(form->without, member.name))
            continue;
        const bool asked = member.required || (form != nullptr && among(form->required, member.name));
        const bool shown = (way == direction::output ? member.always_shown : asked) || !member.example.empty();
        if (shown && !(way == direction::input && member.read_only))
            out[member.name] = example_of(member, way);
    }
    return out;
}

json::value schema_set::example_of(const member_type& member, direction way) const {
    if (!member.example.empty())
        return json::parse(member.example);
    if (way == direction::output && member.null_shown)
        return nullptr;
    if (!member.default_json.empty())
        return json::parse(member.default_json);
    if (member.type->kind == type_kind::object)
        return example_of(*member.type, way);
    if (member.type->kind == type_kind::array) {
        const auto& element = *member.type->element;
        json::array out;
        if (way == direction::input)
            for (const auto& form : element.forms)
                out.push_back(example_of(element, way, &form));
        if (out.empty())
            out.push_back(
                element.kind == type_kind::object ? example_of(element, way)
                                                  : fallback_example(element, member.rules, member.name));
        return out;
    }
    return fallback_example(*member.type, member.rules, member.name);
}

} // namespace bursar::server::openapi
