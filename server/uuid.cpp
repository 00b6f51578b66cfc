#include "server/uuid.hpp"

#include "server/hex.hpp"
#include "server/random.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>

namespace bursar::server {

namespace {

bool hyphen_before(std::size_t byte) noexcept {
    return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

uuid version_7(std::uint64_t ms, std::uint64_t rand_a, std::uint64_t rand_b) noexcept {
    uuid id;
    for (std::size_t i = 0; i < 6; ++i)
        id.bytes[i] = static_cast<std::uint8_t>(ms >> (40 - 8 * i));
    id.bytes[6] = static_cast<std::uint8_t>(0x70 | rand_a >> 8);
    id.bytes[7] = static_cast<std::uint8_t>(rand_a);
    for (std::size_t i = 8; i < 16; ++i)
        id.bytes[i] = static_cast<std::uint8_t>(rand_b >> (8 * (i - 8)));
    id.bytes[8] = static_cast<std::uint8_t>(0x80 | (id.bytes[8] & 0x3f));
    return id;
}

} // namespace

void uuid::write(char* out) const noexcept {
    std::array<char, 32> digits; // NOLINT(cppcoreguidelines-pro-type-member-init): written at once
    for (std::size_t byte = 0; byte < bytes.size(); byte += 4)
        write_hex(&bytes[byte], &digits[2 * byte]);
    std::memcpy(out, &digits[0], 8);
    std::memcpy(out + 9, &digits[8], 4);
    std::memcpy(out + 14, &digits[12], 4);
    std::memcpy(out + 19, &digits[16], 4);
    std::memcpy(out + 24, &digits[20], 12);
    out[8] = out[13] = out[18] = out[23] = '-';
}

std::string uuid::to_string() const {
    std::string text(36, '\0');
    write(text.data());
    return text;
}

std::optional<uuid> uuid::parse(std::string_view text) noexcept {
    if (text.size() != 36)
        return std::nullopt;
    uuid id;
    const char* in = text.data();
    for (std::size_t i = 0; i < id.bytes.size(); ++i) {
        if (hyphen_before(i) && *in++ != '-')
            return std::nullopt;
        const int high = hex_digit(in[0]);
        const int low = hex_digit(in[1]);
        if (high < 0 || low < 0)
            return std::nullopt;
        id.bytes[i] = static_cast<std::uint8_t>(high << 4 | low);
        in += 2;
    }
    return id;
}

uuid uuid::v7() noexcept {
    static thread_local std::uint64_t last_ms = 0;
    static thread_local std::uint64_t counter = 0; // rand_a, 12 bits: RFC 9562 section 6.2, method 1

    using namespace std::chrono;
    auto ms = static_cast<std::uint64_t>(duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count());
    const auto random = random_u64();
    if (ms > last_ms) {
        last_ms = ms;
        counter = random_u64() & 0x7ff; // the upper half is room to count
    } else if (++counter > 0xfff) {
        ++last_ms; // more than 2,048 ids in a millisecond, or a clock set back: borrow from the next one
        counter = 0;
    }
    ms = last_ms;

    return version_7(ms, counter, random);
}

uuid uuid::v7(timestamp at) noexcept {
    const auto us = static_cast<std::uint64_t>(at.time_since_epoch().count());
    return version_7(us / 1000, us % 1000 * 4096 / 1000, random_u64());
}

uuid uuid::v8(std::span<const std::uint8_t, 32> hash) noexcept {
    uuid id;
    std::copy_n(hash.begin(), id.bytes.size(), id.bytes.begin());
    id.bytes[6] = static_cast<std::uint8_t>(0x80 | (id.bytes[6] & 0x0f));
    id.bytes[8] = static_cast<std::uint8_t>(0x80 | (id.bytes[8] & 0x3f));
    return id;
}

} // namespace bursar::server
