// UUIDs as the ids of everything: version 7 (RFC 9562 section 5.7), so that an id orders by the time it was made.
#pragma once

#include "server/time.hpp"

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace bursar::server {

struct uuid {
    std::array<std::uint8_t, 16> bytes{};

    auto operator<=>(const uuid&) const = default; // NOLINT(modernize-use-nullptr): clang-tidy 14 misreads it
    bool is_nil() const noexcept { return *this == uuid{}; }

    // Lower-case, hyphenated, 36 characters.
    std::string to_string() const;
    // Writes exactly 36 characters at out.
    void write(char* out) const noexcept;

    // Accepts only the 36-character hyphenated form, either case; anything else is nullopt.
    static std::optional<uuid> parse(std::string_view text) noexcept;

    // A version 7 id of now: 48 bits of Unix milliseconds, then 74 random bits of which the first 12 grow within one
    // millisecond, so that the ids one process makes sort in the order it made them. Thread-safe: state is per thread.
    static uuid v7() noexcept;

    // A version 7 id of the given time to the microsecond (section 6.2, method 3): ids order as their times do.
    static uuid v7(timestamp at) noexcept;

    // A version 8 id made of the first 128 bits of a hash (section 5.8 and appendix B.2): the same for the same input.
    static uuid v8(std::span<const std::uint8_t, 32> hash) noexcept;
};

struct uuid_hash {
    std::size_t operator()(const uuid& id) const noexcept {
        std::size_t h = 0; // the tail of a v7 id is random already
        std::memcpy(&h, id.bytes.data() + 8, sizeof h);
        return h;
    }
};

} // namespace bursar::server
