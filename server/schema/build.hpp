// type_of<T>(): from a declaration to its runtime description.
#pragma once

#include "server/schema/declare.hpp"
#include "server/schema/enums.hpp"
#include "server/schema/render.hpp"
#include "server/schema/type.hpp"
#include "server/schema/values.hpp"
#include "server/time.hpp"
#include "server/uuid.hpp"

#include <optional>
#include <string>
#include <vector>

namespace bursar::server::schema {

// What T looks like on the wire. T: std::string, bool, std::int64_t, uuid, timestamp, raw_json, a described enum, a
// declared struct (not one that contains itself), or a std::vector of one of them.
template <class T>
const type& type_of();

namespace detail {

void apply(member_type& m, const length& o);
void apply(member_type& m, const range& o);
void apply(member_type& m, const minor_units& o);
void apply(member_type& m, const items& o);
void apply(member_type& m, const horizon& o);
void apply(member_type& m, const not_blank& o);
void apply(member_type& m, const single_line& o);
void apply(member_type& m, const label& o);
void apply(member_type& m, const optional_with_default& o);
void apply(member_type& m, const wanted_without& o);
void apply(member_type& m, const nullable& o);
void apply(member_type& m, const omitted_when_empty& o);
void apply(member_type& m, const read_only& o);
void apply(member_type& m, const deprecated& o);
void apply(member_type& m, const doc& o);
void apply(member_type& m, const example& o);
void apply(member_type& m, const free_form& o);
void apply(member_type& m, const format& o);

template <class T>
struct unwrapped {
    using value = T;
    static constexpr bool optional = false;
    static constexpr bool patch = false;
};
template <class T>
struct unwrapped<std::optional<T>> {
    using value = T;
    static constexpr bool optional = true;
    static constexpr bool patch = false;
};
template <class T>
struct unwrapped<patched<T>> {
    using value = T;
    static constexpr bool optional = false;
    static constexpr bool patch = true;
};

template <class T, std::size_t I>
void* storage_of(void* owner) {
    auto& place = static_cast<T*>(owner)->*(std::get<I>(declaration_of<T>.fields).member);
    using wrap = unwrapped<std::remove_reference_t<decltype(place)>>;
    if constexpr (wrap::optional || wrap::patch)
        return &place.emplace();
    else
        return &place;
}

template <class T, std::size_t I>
void clear_of(void* owner) {
    auto& place = static_cast<T*>(owner)->*(std::get<I>(declaration_of<T>.fields).member);
    if constexpr (unwrapped<std::remove_reference_t<decltype(place)>>::patch)
        place.clear();
    else
        place.reset();
}

template <class T, std::size_t I>
member_type member_of() {
    constexpr const auto& declared_field = std::get<I>(declaration_of<T>.fields);
    using declaration = std::remove_cvref_t<decltype(declared_field)>;
    using wrap = unwrapped<typename declaration::value_type>;
    static_assert(
        std::is_base_of_v<typename declaration::owner_type, T>, "a field declares a member of its own struct");
    static_assert(!declaration::template has<nullable> || wrap::patch, "nullable{} is for patched<T>");
    static_assert(
        !declaration::template has<omitted_when_empty> || wrap::optional,
        "omitted_when_empty{} is for std::optional<T>");

    member_type made;
    made.name = declared_field.name;
    made.type = &type_of<typename wrap::value>();
    made.required = !wrap::optional && !wrap::patch;
    made.null_accepted = wrap::optional;
    made.null_shown = wrap::optional;
    made.storage = &storage_of<T, I>;
    if constexpr (wrap::optional || wrap::patch)
        made.clear = &clear_of<T, I>;
    std::apply([&made](const auto&... option) { (apply(made, option), ...); }, declared_field.options);
    if constexpr (declaration::template has<optional_with_default>) {
        const T fresh{};
        render(made.default_json, fresh.*(declared_field.member));
    }
    return made;
}

template <class T>
void set_enumerator(void* out, std::size_t index) {
    *static_cast<T*>(out) = enumerators<T>::values[index];
}

template <class T>
void* append_element(void* out) {
    return &static_cast<std::vector<T>*>(out)->emplace_back();
}

// One for each kind of T; describing is a matter of overloads on a null pointer.
template <class T>
struct tag {};

inline void describe(type& out, tag<std::string>) {
    out.kind = type_kind::string;
}
inline void describe(type& out, tag<bool>) {
    out.kind = type_kind::boolean;
}
inline void describe(type& out, tag<std::int64_t>) {
    out.kind = type_kind::integer;
}
inline void describe(type& out, tag<uuid>) {
    out.kind = type_kind::uuid;
}
inline void describe(type& out, tag<timestamp>) {
    out.kind = type_kind::timestamp;
}
inline void describe(type& out, tag<raw_json>) {
    out.kind = type_kind::free_form;
}

template <described_enum E>
void describe(type& out, tag<E>) {
    out.kind = type_kind::enumeration;
    out.names.assign(enumerators<E>::names.begin(), enumerators<E>::names.end());
    out.set = &set_enumerator<E>;
    if constexpr (declared<E>) {
        out.name = declaration_of<E>.name;
        out.doc = declaration_of<E>.doc;
    }
}

template <class T>
void describe(type& out, tag<std::vector<T>>) {
    static_assert(!std::is_same_v<T, bool>, "std::vector<bool> has no elements to point at");
    out.kind = type_kind::array;
    out.element = &type_of<T>();
    out.append = &append_element<T>;
}

template <declared T>
requires std::is_class_v<T>
void describe(type& out, tag<T>) {
    constexpr auto count = std::tuple_size_v<decltype(declaration_of<T>.fields)>;
    static_assert(count <= 64, "the readers keep what they saw in 64 bits");
    out.kind = type_kind::object;
    out.name = declaration_of<T>.name;
    out.doc = declaration_of<T>.doc;
    if constexpr (requires { describe_forms(static_cast<const T*>(nullptr)); })
        for (const auto& each : describe_forms(static_cast<const T*>(nullptr)))
            out.forms.push_back(each);
    out.members.reserve(count);
    [&out]<std::size_t... I>(std::index_sequence<I...>) {
        (out.members.push_back(member_of<T, I>()), ...);
    }
    (std::make_index_sequence<count>{});
}

} // namespace detail

template <class T>
const type& type_of() {
    static const type made = [] {
        type out;
        detail::describe(out, detail::tag<T>{});
        return out;
    }();
    return made;
}

} // namespace bursar::server::schema
