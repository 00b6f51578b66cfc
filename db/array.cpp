#include "db/array.hpp"

#include "db/types.hpp"

namespace bursar::db {

using server::timestamp;
using server::uuid;

namespace {

// array_recv in PostgreSQL's arrayfuncs.c: dimensions, has-nulls flag, element type, then length and lower bound of
// the one dimension, then each element with its length. An empty array has no dimension.
constexpr std::size_t header_size = 20;
constexpr std::size_t empty_header_size = 12;

struct element_types {
    std::uint32_t element;
    std::uint32_t array;
};

template <class T>
constexpr element_types types_of() {
    if constexpr (std::is_same_v<T, bool>)
        return {wire_type::boolean, wire_type::boolean_array};
    else if constexpr (std::is_same_v<T, std::int16_t>)
        return {wire_type::int2, wire_type::int2_array};
    else if constexpr (std::is_same_v<T, std::int64_t>)
        return {wire_type::int8, wire_type::int8_array};
    else if constexpr (std::is_same_v<T, uuid>)
        return {wire_type::uuid, wire_type::uuid_array};
    else if constexpr (std::is_same_v<T, timestamp>)
        return {wire_type::timestamptz, wire_type::timestamptz_array};
    else
        return {wire_type::text, wire_type::text_array};
}

void append_bytes(std::string& out, const char* data, std::size_t length) {
    char prefix[4];
    wire_type::put(prefix, static_cast<std::int32_t>(length));
    out.append(prefix, sizeof prefix).append(data, length);
}

template <std::integral Integer>
void append_number(std::string& out, Integer value) {
    char number[4 + sizeof value];
    wire_type::put(number, static_cast<std::int32_t>(sizeof value));
    wire_type::put(number + 4, value);
    out.append(number, sizeof number);
}

void append_element(std::string& out, bool value) {
    append_number(out, static_cast<std::int8_t>(value));
}
void append_element(std::string& out, std::int16_t value) {
    append_number(out, value);
}
void append_element(std::string& out, std::int64_t value) {
    append_number(out, value);
}
void append_element(std::string& out, timestamp value) {
    append_number(out, wire_type::from_timestamp(value));
}
void append_element(std::string& out, const uuid& value) {
    append_bytes(out, reinterpret_cast<const char*>(value.bytes.data()), value.bytes.size());
}
void append_element(std::string& out, std::string_view value) {
    append_bytes(out, value.data(), value.size());
}

} // namespace

template <class T>
array<T>::array()
    : wire_(header_size, '\0') {}

template <class T>
void array<T>::add(T value) {
    append_element(wire_, value);
    ++count_;
}

template <class T>
void array<T>::add_null() {
    wire_.append(4, '\xff'); // a length of -1
    nulls_ = true;
    ++count_;
}

template <class T>
std::uint32_t array<T>::type() const noexcept {
    return types_of<T>().array;
}

template <class T>
std::string_view array<T>::wire() {
    wire_type::put(wire_.data(), std::int32_t{count_ == 0 ? 0 : 1});
    wire_type::put(wire_.data() + 4, std::int32_t{nulls_ ? 1 : 0});
    wire_type::put(wire_.data() + 8, types_of<T>().element);
    if (count_ == 0)
        return std::string_view{wire_}.substr(0, empty_header_size);
    wire_type::put(wire_.data() + 12, static_cast<std::int32_t>(count_));
    wire_type::put(wire_.data() + 16, std::int32_t{1});
    return wire_;
}

template class array<bool>;
template class array<std::int16_t>;
template class array<std::int64_t>;
template class array<uuid>;
template class array<timestamp>;
template class array<std::string_view>;

} // namespace bursar::db
