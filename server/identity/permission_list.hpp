// Permissions as clients list them: by their names, each once.
#pragma once

#include "server/principal.hpp"
#include "server/schema/enums.hpp"

#include <vector>

namespace bursar::server {

using permission_list = std::vector<permission>;

inline permission_set set_of(const permission_list& list) noexcept {
    permission_set out;
    for (const auto p : list)
        out.set(static_cast<std::size_t>(p));
    return out;
}

inline permission_list list_of(const permission_set& set) {
    permission_list out;
    for (std::size_t i = 0; i < permission_names.size(); ++i)
        if (set.test(i))
            out.push_back(static_cast<permission>(i));
    return out;
}

} // namespace bursar::server

namespace bursar::server::schema {

template <>
inline constexpr bool named_by_hand<permission> = true;

template <>
struct enumerators<permission> {
    static constexpr std::size_t count = permission_names.size();
    static constexpr auto values = [] {
        std::array<permission, count> out{};
        for (std::size_t i = 0; i < count; ++i)
            out[i] = static_cast<permission>(i);
        return out;
    }();
    static constexpr auto names = permission_names;
};

} // namespace bursar::server::schema
