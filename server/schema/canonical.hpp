// canonical(): a value that was read, as text that is the same for every body which was read as the same: whatever the
// order of members, spacing and escapes, however an id or a time was spelt, and whether a member was left out, null, or
// given its default. Two values with the same text are the same. Hashes of it are kept with transfers for ever
// (middleware/idempotency.cpp): members stand in the order of their declaration and what is absent leaves no trace, so
// a declaration may gain members at any place, but may not reorder or rename those that it has.
#pragma once

#include "server/schema/render.hpp"

namespace bursar::server::schema {

// Any JSON that read_json accepts, its members sorted by name at every level. Text that it refuses stands as it is.
void append_canonical_json(std::string& out, std::string_view json);

void canonical(std::string& out, const raw_json& value);
template <class T>
void canonical(std::string& out, const T& value);
template <class T>
void canonical(std::string& out, const std::optional<T>& value);
template <class T>
void canonical(std::string& out, const patched<T>& value);
template <class T>
void canonical(std::string& out, const std::vector<T>& values);

namespace detail {

template <class T, std::size_t I>
void canonical_member(std::string& out, const T& value) {
    constexpr const auto& declared_field = std::get<I>(declaration_of<T>.fields);
    using declaration = std::remove_cvref_t<decltype(declared_field)>;
    const auto& member = value.*(declared_field.member);
    if constexpr (requires {
                      member.has_value();
                      member.present();
                  }) {
        if (!member.present())
            return;
    } else if constexpr (requires { member.has_value(); }) {
        if (!member)
            return;
    } else if constexpr (declaration::template has<optional_with_default>) {
        static const T fresh{};
        if (member == fresh.*(declared_field.member))
            return;
    }
    out += std::string_view{key_literal<T, I>.data(), key_literal<T, I>.size()};
    canonical(out, member);
}

} // namespace detail

template <class T>
void canonical(std::string& out, const std::optional<T>& value) {
    canonical(out, *value);
}

template <class T>
void canonical(std::string& out, const patched<T>& value) {
    if (value.is_null())
        out += "null";
    else
        canonical(out, *value);
}

template <class T>
void canonical(std::string& out, const std::vector<T>& values) {
    out += '[';
    for (const auto& value : values) {
        canonical(out, value);
        out += ',';
    }
    out += ']';
}

// Not JSON: every member is preceded by a comma.
template <class T>
void canonical(std::string& out, const T& value) {
    if constexpr (declared<T> && std::is_class_v<T>) {
        out += '{';
        [&]<std::size_t... I>(std::index_sequence<I...>) {
            (detail::canonical_member<T, I>(out, value), ...);
        }
        (std::make_index_sequence<std::tuple_size_v<decltype(declaration_of<T>.fields)>>{});
        out += '}';
    } else {
        render(out, value);
    }
}

} // namespace bursar::server::schema
