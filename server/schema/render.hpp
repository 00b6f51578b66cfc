// render(): a value as compact JSON, appended to a string, without a document in between. Keys are literals made at
// compile time. Fails only as std::string does. Strings must be valid UTF-8, which everything read strictly is.
#pragma once

#include "server/json_string.hpp"
#include "server/schema/declare.hpp"
#include "server/schema/enums.hpp"
#include "server/schema/values.hpp"
#include "server/time.hpp"
#include "server/uuid.hpp"

#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace bursar::server::schema {

void render(std::string& out, bool value);
void render(std::string& out, std::int64_t value);
void render(std::string& out, const uuid& value);
void render(std::string& out, timestamp value);
inline void render(std::string& out, const std::string& value) {
    append_json_string(out, value);
}
inline void render(std::string& out, const raw_json& value) {
    out += value.text;
}

template <described_enum E>
void render(std::string& out, E value);
template <declared T>
requires std::is_class_v<T>
void render(std::string& out, const T& value);
template <class T>
void render(std::string& out, const std::optional<T>& value);
template <class T>
void render(std::string& out, const std::vector<T>& values);

template <described_enum E>
void render(std::string& out, E value) {
    out += '"';
    out += enum_name(value);
    out += '"';
}

template <class T>
void render(std::string& out, const std::optional<T>& value) {
    if (value)
        render(out, *value);
    else
        out += "null";
}

template <class T>
void render(std::string& out, const std::vector<T>& values) {
    out += '[';
    bool first = true;
    for (const auto& value : values) {
        if (!std::exchange(first, false))
            out += ',';
        render(out, value);
    }
    out += ']';
}

namespace detail {

// `,"name":`; the first key of an object leaves out the comma.
template <class T, std::size_t I>
inline constexpr auto key_literal = [] {
    constexpr auto name = std::get<I>(declaration_of<T>.fields).name;
    std::array<char, name.size() + 4> made{};
    auto* at = made.data();
    *at++ = ',';
    *at++ = '"';
    for (const char c : name)
        *at++ = c;
    *at++ = '"';
    *at++ = ':';
    return made;
}();

template <class T, std::size_t I>
void render_member(std::string& out, const T& value, bool& first) {
    constexpr const auto& declared_field = std::get<I>(declaration_of<T>.fields);
    using declaration = std::remove_cvref_t<decltype(declared_field)>;
    const auto& member = value.*(declared_field.member);
    if constexpr (declaration::template has<omitted_when_empty>)
        if (!member)
            return;
    constexpr std::string_view key{key_literal<T, I>.data(), key_literal<T, I>.size()};
    out += std::exchange(first, false) ? key.substr(1) : key;
    render(out, member);
}

} // namespace detail

template <declared T>
requires std::is_class_v<T>
void render(std::string& out, const T& value) {
    out += '{';
    bool first = true;
    [&]<std::size_t... I>(std::index_sequence<I...>) {
        (detail::render_member<T, I>(out, value, first), ...);
    }
    (std::make_index_sequence<std::tuple_size_v<decltype(declaration_of<T>.fields)>>{});
    out += '}';
}

} // namespace bursar::server::schema
