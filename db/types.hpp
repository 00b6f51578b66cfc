// PostgreSQL's numbers for the types bursar uses (pg_type.dat; they never change), and its big-endian wire format.
#pragma once

#include "server/time.hpp"

#include <concepts>
#include <cstdint>
#include <cstring>

namespace bursar::db::wire_type {

inline constexpr std::uint32_t boolean = 16;
inline constexpr std::uint32_t bytea = 17;
inline constexpr std::uint32_t name = 19;
inline constexpr std::uint32_t int8 = 20;
inline constexpr std::uint32_t int2 = 21;
inline constexpr std::uint32_t int4 = 23;
inline constexpr std::uint32_t text = 25;
inline constexpr std::uint32_t json = 114;
inline constexpr std::uint32_t unknown = 705;
inline constexpr std::uint32_t bpchar = 1042;
inline constexpr std::uint32_t varchar = 1043;
inline constexpr std::uint32_t timestamptz = 1184;
inline constexpr std::uint32_t uuid = 2950;
inline constexpr std::uint32_t jsonb = 3802;
inline constexpr std::uint32_t boolean_array = 1000;
inline constexpr std::uint32_t int2_array = 1005;
inline constexpr std::uint32_t text_array = 1009;
inline constexpr std::uint32_t int8_array = 1016;
inline constexpr std::uint32_t timestamptz_array = 1185;
inline constexpr std::uint32_t uuid_array = 2951;

// Microseconds from the Unix epoch to PostgreSQL's, 2000-01-01.
inline constexpr std::int64_t epoch_offset = 946684800LL * 1000000;

// The eight bytes of a timestamptz, as an integer.
inline std::int64_t from_timestamp(server::timestamp at) noexcept {
    return at.time_since_epoch().count() - epoch_offset;
}

template <std::integral Integer>
void put(char* out, Integer value) noexcept {
    for (std::size_t i = sizeof value; i-- > 0;) {
        out[i] = static_cast<char>(value & 0xff);
        if constexpr (sizeof value > 1)
            value = static_cast<Integer>(value >> 8);
    }
}

template <std::integral Integer>
Integer take(const char* in) noexcept {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < sizeof(Integer); ++i)
        value = value << 8 | static_cast<unsigned char>(in[i]);
    return static_cast<Integer>(value);
}

} // namespace bursar::db::wire_type
