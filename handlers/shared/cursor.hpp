// Opaque cursors: a position in a list, bound to the list and its filters, so that a cursor used with others is refused
// and not misread. Not a secret and not signed: what a forged one reaches is the caller's own list.
#pragma once

#include "server/error.hpp"
#include "server/uuid.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bursar::handlers {

// A list with its filters, as a 64-bit FNV-1a hash (draft-eastlake-fnv) of all their names and values.
class list_scope {
public:
    explicit list_scope(std::string_view list) { add(list); }
    list_scope& bind(std::string_view name, std::string_view value);
    list_scope& bind(std::string_view name, const server::uuid& value);

    std::uint64_t hash() const noexcept { return hash_; }

private:
    void add(std::string_view part) noexcept;

    std::uint64_t hash_ = 0xcbf29ce484222325U;
};

// A place in the feed of events, whose order is that of (xid, seq).
struct feed_position {
    std::int64_t xid = 0;
    std::int64_t seq = 0;
};

std::string make_cursor(const list_scope& list, const server::uuid& position);
std::string make_cursor(const list_scope& list, std::int64_t position);
std::string make_cursor(const list_scope& list, std::string_view position); // valid UTF-8
std::string make_cursor(const list_scope& list, std::chrono::year_month position);
std::string make_cursor(const list_scope& list, const feed_position& position);

// The position in a cursor that a client gave, nullopt when it gave none; invalid_cursor for anything that make_cursor
// did not make for this list.
template <class Position>
server::result<std::optional<Position>> read_cursor(const list_scope& list, const std::optional<std::string>& cursor);

template <>
server::result<std::optional<server::uuid>>
read_cursor<server::uuid>(const list_scope& list, const std::optional<std::string>& cursor);
template <>
server::result<std::optional<std::int64_t>>
read_cursor<std::int64_t>(const list_scope& list, const std::optional<std::string>& cursor);
template <>
server::result<std::optional<std::string>>
read_cursor<std::string>(const list_scope& list, const std::optional<std::string>& cursor);
template <>
server::result<std::optional<std::chrono::year_month>>
read_cursor<std::chrono::year_month>(const list_scope& list, const std::optional<std::string>& cursor);

} // namespace bursar::handlers
