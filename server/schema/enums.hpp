// Enumerations by the names they have on the wire and in the database: the enumerators of BOOST_DESCRIBE_ENUM, without
// the one trailing underscore that a C++ keyword needs.
#pragma once

#include <boost/describe/enum.hpp>
#include <boost/describe/enumerators.hpp>
#include <boost/mp11/algorithm.hpp>

#include <array>
#include <concepts>
#include <optional>
#include <string_view>
#include <type_traits>

namespace bursar::server::schema {

// For one whose names are no identifiers: says so here, and specialises enumerators<>.
template <class E>
inline constexpr bool named_by_hand = false;

template <class T>
concept described_enum = std::is_enum_v<T> &&(boost::describe::has_describe_enumerators<T>::value || named_by_hand<T>);

template <described_enum E>
struct enumerators {
    static constexpr std::size_t count = boost::mp11::mp_size<boost::describe::describe_enumerators<E>>::value;

    static constexpr auto values = []<template <class...> class List, class... D>(List<D...>) {
        return std::array<E, sizeof...(D)>{D::value...};
    }(boost::describe::describe_enumerators<E>{});

    static constexpr auto names = []<template <class...> class List, class... D>(List<D...>) {
        constexpr auto trimmed = [](std::string_view name) {
            return name.ends_with('_') ? name.substr(0, name.size() - 1) : name;
        };
        return std::array<std::string_view, sizeof...(D)>{trimmed(D::name)...};
    }(boost::describe::describe_enumerators<E>{});
};

// Empty for a value that is no enumerator.
template <described_enum E>
constexpr std::string_view enum_name(E value) noexcept {
    using table = enumerators<E>;
    for (std::size_t i = 0; i < table::count; ++i)
        if (table::values[i] == value)
            return table::names[i];
    return {};
}

template <described_enum E>
constexpr std::optional<E> parse_enum(std::string_view name) noexcept {
    using table = enumerators<E>;
    for (std::size_t i = 0; i < table::count; ++i)
        if (table::names[i] == name)
            return table::values[i];
    return std::nullopt;
}

} // namespace bursar::server::schema
