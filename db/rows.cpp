#include "db/rows.hpp"

#include "db/types.hpp"
#include "server/whole_number.hpp"

#include <libpq-fe.h>

#include <stdexcept>

namespace bursar::db {

namespace {

[[noreturn]] void refuse(const PGresult* from, int column, std::string_view why) {
    const char* name = PQfname(from, column);
    throw std::logic_error(
        "column " + std::to_string(column) + " (" + (name == nullptr ? "absent" : name) + ", type " +
        std::to_string(PQftype(from, column)) + "): " + std::string{why});
}

struct cell {
    const PGresult* from;
    int row;
    int column;

    bool null() const noexcept { return PQgetisnull(from, row, column) != 0; }
    const char* data() const noexcept { return PQgetvalue(from, row, column); }
    std::size_t size() const noexcept { return static_cast<std::size_t>(PQgetlength(from, row, column)); }

    void expect(std::uint32_t type, std::string_view wanted) const {
        if (PQftype(from, column) != type)
            refuse(from, column, std::string{"read as "}.append(wanted));
    }
};

template <class T>
T convert(const cell& c);

template <>
bool convert<bool>(const cell& c) {
    c.expect(wire_type::boolean, "bool");
    return *c.data() != 0;
}

template <>
std::int16_t convert<std::int16_t>(const cell& c) {
    c.expect(wire_type::int2, "int16");
    return wire_type::take<std::int16_t>(c.data());
}

template <>
std::int32_t convert<std::int32_t>(const cell& c) {
    c.expect(wire_type::int4, "int32");
    return wire_type::take<std::int32_t>(c.data());
}

template <>
std::int64_t convert<std::int64_t>(const cell& c) {
    c.expect(wire_type::int8, "int64");
    return wire_type::take<std::int64_t>(c.data());
}

template <>
std::string_view convert<std::string_view>(const cell& c) {
    switch (PQftype(c.from, c.column)) {
    case wire_type::jsonb:
        // The version byte in front of the text.
        return {c.data() + 1, c.size() - 1};
    case wire_type::text:
    case wire_type::varchar:
    case wire_type::bpchar:
    case wire_type::name:
    case wire_type::json:
    case wire_type::unknown: return {c.data(), c.size()};
    default:
        // An enum travels as its label, and its type number is its database's own.
        if (PQftype(c.from, c.column) >= 16384)
            return {c.data(), c.size()};
        refuse(c.from, c.column, "read as a string");
    }
}

template <>
std::string convert<std::string>(const cell& c) {
    return std::string{convert<std::string_view>(c)};
}

template <>
uuid convert<uuid>(const cell& c) {
    c.expect(wire_type::uuid, "uuid");
    uuid out;
    std::memcpy(out.bytes.data(), c.data(), out.bytes.size());
    return out;
}

template <>
timestamp convert<timestamp>(const cell& c) {
    c.expect(wire_type::timestamptz, "timestamp");
    const auto raw = wire_type::take<std::int64_t>(c.data());
    if (raw == std::numeric_limits<std::int64_t>::max() || raw == std::numeric_limits<std::int64_t>::min())
        refuse(c.from, c.column, "infinity read as timestamp");
    return timestamp{std::chrono::microseconds{raw + wire_type::epoch_offset}};
}

template <>
std::span<const std::uint8_t> convert<std::span<const std::uint8_t>>(const cell& c) {
    c.expect(wire_type::bytea, "bytes");
    return {reinterpret_cast<const std::uint8_t*>(c.data()), c.size()};
}

template <class T>
std::vector<T> convert_array(const cell& c, std::uint32_t type) {
    c.expect(type, "an array");
    std::vector<T> out;
    const char* at = c.data();
    if (wire_type::take<std::int32_t>(at) == 0)
        return out;
    if (wire_type::take<std::int32_t>(at) != 1 || wire_type::take<std::int32_t>(at + 4) != 0)
        refuse(c.from, c.column, "an array of several dimensions, or with NULLs");
    out.resize(static_cast<std::size_t>(wire_type::take<std::int32_t>(at + 12)));
    at += 20;
    for (auto& element : out) {
        if constexpr (std::is_same_v<T, uuid>)
            std::memcpy(element.bytes.data(), at + 4, element.bytes.size());
        else
            element = wire_type::take<T>(at + 4);
        at += 4 + wire_type::take<std::int32_t>(at);
    }
    return out;
}

template <>
std::vector<uuid> convert<std::vector<uuid>>(const cell& c) {
    return convert_array<uuid>(c, wire_type::uuid_array);
}

template <>
std::vector<std::int64_t> convert<std::vector<std::int64_t>>(const cell& c) {
    return convert_array<std::int64_t>(c, wire_type::int8_array);
}

template <class T>
struct reader {
    static T read(const cell& c) {
        if (c.null())
            refuse(c.from, c.column, "NULL read into a type that cannot hold it");
        return convert<T>(c);
    }
};

template <class T>
struct reader<std::optional<T>> {
    static std::optional<T> read(const cell& c) {
        if (c.null())
            return std::nullopt;
        return convert<T>(c);
    }
};

} // namespace

template <class T>
T row::get(int column) const {
    if (column < 0 || column >= PQnfields(result_))
        throw std::logic_error("the result has no column " + std::to_string(column));
    return reader<T>::read({result_, index_, column});
}

template bool row::get(int) const;
template std::int16_t row::get(int) const;
template std::int32_t row::get(int) const;
template std::int64_t row::get(int) const;
template std::string row::get(int) const;
template std::string_view row::get(int) const;
template uuid row::get(int) const;
template timestamp row::get(int) const;
template std::span<const std::uint8_t> row::get(int) const;
template std::vector<uuid> row::get(int) const;
template std::vector<std::int64_t> row::get(int) const;
template std::optional<bool> row::get(int) const;
template std::optional<std::int16_t> row::get(int) const;
template std::optional<std::int32_t> row::get(int) const;
template std::optional<std::int64_t> row::get(int) const;
template std::optional<std::string> row::get(int) const;
template std::optional<std::string_view> row::get(int) const;
template std::optional<uuid> row::get(int) const;
template std::optional<timestamp> row::get(int) const;
template std::optional<std::span<const std::uint8_t>> row::get(int) const;

bool row::is_null(int column) const noexcept {
    return PQgetisnull(result_, index_, column) != 0;
}

rows::rows(pg_result* from) noexcept
    : result_(from) {}

void rows::clear::operator()(pg_result* r) const noexcept {
    PQclear(r);
}

std::size_t rows::size() const noexcept {
    return result_ ? static_cast<std::size_t>(PQntuples(result_.get())) : 0;
}

std::size_t rows::affected() const noexcept {
    if (!result_)
        return 0;
    return server::parse_whole_number<std::size_t>(PQcmdTuples(result_.get())).value_or(0);
}

} // namespace bursar::db
