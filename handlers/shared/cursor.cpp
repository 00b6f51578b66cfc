#include "handlers/shared/cursor.hpp"

#include "server/schema/text.hpp"

#include <absl/strings/escaping.h>

#include <algorithm>

namespace bursar::handlers {

namespace {

using server::errc;
using server::error;
using server::result;
using server::uuid;

// base64url without padding (RFC 4648 section 5).
std::string encode(const std::string& bytes) {
    return absl::WebSafeBase64Escape(bytes);
}

std::optional<std::string> decode(const std::string& text) {
    std::string out;
    // Abseil takes padding, white space and bits left over as well: only the one spelling that encode() gives is ours.
    if (!absl::WebSafeBase64Unescape(text, &out) || encode(out) != text)
        return std::nullopt;
    return out;
}

std::string big_endian(std::uint64_t value) {
    std::string out;
    for (int shift = 56; shift >= 0; shift -= 8)
        out += static_cast<char>(value >> static_cast<unsigned>(shift));
    return out;
}

std::uint64_t from_big_endian(std::string_view bytes) {
    std::uint64_t value = 0;
    for (const char byte : bytes)
        value = (value << 8U) | static_cast<std::uint8_t>(byte);
    return value;
}

std::string seal(const list_scope& list, std::string_view position) {
    return encode(big_endian(list.hash()).append(position));
}

// The bytes of the position; nullopt when the cursor is not one of this list.
std::optional<std::string> open(const list_scope& list, const std::string& cursor) {
    auto bytes = decode(cursor);
    if (!bytes || !bytes->starts_with(big_endian(list.hash())))
        return std::nullopt;
    return bytes->substr(8);
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
    return seal(list, {reinterpret_cast<const char*>(position.bytes.data()), position.bytes.size()});
}

std::string make_cursor(const list_scope& list, std::int64_t position) {
    return seal(list, big_endian(static_cast<std::uint64_t>(position)));
}

std::string make_cursor(const list_scope& list, std::string_view position) {
    return seal(list, position);
}

// A month as the number of those before it.
std::string make_cursor(const list_scope& list, std::chrono::year_month position) {
    const auto before =
        std::int64_t{static_cast<int>(position.year())} * 12 + static_cast<unsigned>(position.month()) - 1;
    return make_cursor(list, before);
}

std::string make_cursor(const list_scope& list, const feed_position& position) {
    return seal(
        list,
        big_endian(static_cast<std::uint64_t>(position.xid)) + big_endian(static_cast<std::uint64_t>(position.seq)));
}

template <>
result<std::optional<uuid>> read_cursor<uuid>(const list_scope& list, const std::optional<std::string>& cursor) {
    if (!cursor)
        return std::optional<uuid>{};
    uuid position;
    const auto bytes = open(list, *cursor);
    if (!bytes || bytes->size() != position.bytes.size())
        return refusal();
    std::copy(bytes->begin(), bytes->end(), position.bytes.begin());
    return std::optional{position};
}

template <>
result<std::optional<std::int64_t>>
read_cursor<std::int64_t>(const list_scope& list, const std::optional<std::string>& cursor) {
    if (!cursor)
        return std::optional<std::int64_t>{};
    const auto bytes = open(list, *cursor);
    if (!bytes || bytes->size() != sizeof(std::int64_t))
        return refusal();
    return std::optional{static_cast<std::int64_t>(from_big_endian(*bytes))};
}

template <>
result<std::optional<std::string>>
read_cursor<std::string>(const list_scope& list, const std::optional<std::string>& cursor) {
    if (!cursor)
        return std::optional<std::string>{};
    auto bytes = open(list, *cursor);
    // Nothing reaches the database that it would not take for text.
    if (!bytes || bytes->find('\0') != std::string::npos || !server::schema::is_utf8(*bytes))
        return refusal();
    return bytes;
}

template <>
result<std::optional<std::chrono::year_month>>
read_cursor<std::chrono::year_month>(const list_scope& list, const std::optional<std::string>& cursor) {
    constexpr std::int64_t first = 12;
    constexpr std::int64_t end = 120'000; // of the year 10000
    const auto before = read_cursor<std::int64_t>(list, cursor);
    if (!before)
        return before.error();
    if (!*before)
        return std::optional<std::chrono::year_month>{};
    if (**before < first || **before >= end)
        return refusal();
    const std::chrono::year year{static_cast<int>(**before / 12)};
    return std::optional{std::chrono::year_month{year, std::chrono::month{static_cast<unsigned>(**before % 12) + 1}}};
}

} // namespace bursar::handlers
