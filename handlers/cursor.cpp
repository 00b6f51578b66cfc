#include "handlers/cursor.hpp"

#include <algorithm>
#include <array>

namespace bursar::handlers {

namespace {

using server::errc;
using server::error;
using server::result;
using server::uuid;

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

template <std::size_t N>
using byte_array = std::array<std::uint8_t, N>;

// base64url without padding (RFC 4648 section 5).
template <std::size_t N>
std::string encode(const byte_array<N>& bytes) {
    std::string out;
    std::uint32_t pending = 0;
    unsigned bits = 0;
    for (const auto byte : bytes) {
        pending = (pending << 8U) | byte;
        for (bits += 8; bits >= 6; bits -= 6)
            out += alphabet[(pending >> (bits - 6)) & 63U];
    }
    if (bits > 0)
        out += alphabet[(pending << (6 - bits)) & 63U];
    return out;
}

template <std::size_t N>
std::optional<byte_array<N>> decode(std::string_view text) {
    byte_array<N> out{};
    std::uint32_t pending = 0;
    unsigned bits = 0;
    std::size_t size = 0;
    for (const char c : text) {
        const auto digit = alphabet.find(c);
        if (digit == std::string_view::npos)
            return std::nullopt;
        pending = (pending << 6U) | static_cast<std::uint32_t>(digit);
        bits += 6;
        if (bits < 8)
            continue;
        bits -= 8;
        if (size == N)
            return std::nullopt;
        out[size++] = static_cast<std::uint8_t>(pending >> bits);
    }
    // Only the one spelling that encode() gives.
    if (size != N || encode(out) != text)
        return std::nullopt;
    return out;
}

template <class Out>
Out put_big_endian(std::uint64_t value, Out out) {
    for (int shift = 56; shift >= 0; shift -= 8)
        *out++ = static_cast<std::uint8_t>(value >> static_cast<unsigned>(shift));
    return out;
}

template <class In>
std::uint64_t get_big_endian(In from) {
    std::uint64_t value = 0;
    for (int i = 0; i < 8; ++i)
        value = (value << 8U) | *from++;
    return value;
}

// The bytes of a position of N bytes; nullopt when the cursor is not one of this list.
template <std::size_t N>
std::optional<byte_array<8 + N>> open(const list_scope& list, const std::string& cursor) {
    auto bytes = decode<8 + N>(cursor);
    if (!bytes || get_big_endian(bytes->begin()) != list.hash())
        return std::nullopt;
    return bytes;
}

error refusal() {
    return error{errc::invalid_cursor, {{"cursor", "is not a cursor of this list with these filters"}}};
}

} // namespace

void list_scope::add(std::string_view part) noexcept {
    constexpr std::uint64_t prime = 0x100000001b3U;
    for (const char c : part)
        hash_ = (hash_ ^ static_cast<std::uint8_t>(c)) * prime;
    // A byte that UTF-8 never holds ends each part, so that parts cannot run into each other.
    hash_ = (hash_ ^ 0xffU) * prime;
}

list_scope& list_scope::bind(std::string_view name, std::string_view value) {
    add(name);
    add(value);
    return *this;
}

list_scope& list_scope::bind(std::string_view name, const uuid& value) {
    return bind(name, value.to_string());
}

std::string make_cursor(const list_scope& list, const uuid& position) {
    byte_array<24> bytes{};
    const auto rest = put_big_endian(list.hash(), bytes.begin());
    std::copy(position.bytes.begin(), position.bytes.end(), rest);
    return encode(bytes);
}

std::string make_cursor(const list_scope& list, std::int64_t position) {
    byte_array<16> bytes{};
    const auto rest = put_big_endian(list.hash(), bytes.begin());
    put_big_endian(static_cast<std::uint64_t>(position), rest);
    return encode(bytes);
}

result<std::optional<uuid>> read_id_cursor(const list_scope& list, const std::optional<std::string>& cursor) {
    if (!cursor)
        return std::optional<uuid>{};
    const auto bytes = open<16>(list, *cursor);
    if (!bytes)
        return refusal();
    uuid position;
    std::copy(bytes->begin() + 8, bytes->end(), position.bytes.begin());
    return std::optional{position};
}

result<std::optional<std::int64_t>>
read_number_cursor(const list_scope& list, const std::optional<std::string>& cursor) {
    if (!cursor)
        return std::optional<std::int64_t>{};
    const auto bytes = open<8>(list, *cursor);
    if (!bytes)
        return refusal();
    return std::optional{static_cast<std::int64_t>(get_big_endian(bytes->begin() + 8))};
}

} // namespace bursar::handlers
