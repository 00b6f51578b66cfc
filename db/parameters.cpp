#include "db/parameters.hpp"

#include "db/types.hpp"

#include <limits>
#include <stdexcept>

namespace bursar::db {

namespace {

// array_recv in PostgreSQL's arrayfuncs.c: dimensions, has-nulls flag, element type, then length and lower bound of
// the one dimension, then each element with its length. An empty array has no dimension.
std::string array_header(std::uint32_t element, std::size_t count) {
    std::string out(count == 0 ? 12 : 20, '\0');
    wire_type::put(out.data(), std::int32_t{count == 0 ? 0 : 1});
    wire_type::put(out.data() + 8, element);
    if (count > 0) {
        wire_type::put(out.data() + 12, static_cast<std::int32_t>(count));
        wire_type::put(out.data() + 16, std::int32_t{1});
    }
    return out;
}

void append_element(std::string& out, const char* data, std::size_t length) {
    char prefix[4];
    wire_type::put(prefix, static_cast<std::int32_t>(length));
    out.append(prefix, sizeof prefix).append(data, length);
}

} // namespace

void parameters::append(std::uint32_t type, const void* data, std::size_t length) {
    if (length > std::numeric_limits<std::int32_t>::max() / 2)
        throw std::length_error("a parameter is larger than PostgreSQL accepts");
    const auto* from = static_cast<const char*>(data);
    values_.push_back({type, static_cast<std::uint32_t>(data_.size()), static_cast<std::int32_t>(length)});
    data_.insert(data_.end(), from, from + length);
}

void parameters::add(bool value) {
    const char byte = value ? 1 : 0;
    append(wire_type::boolean, &byte, 1);
}

void parameters::add(std::int16_t value) {
    char out[2];
    wire_type::put(out, value);
    append(wire_type::int2, out, sizeof out);
}

void parameters::add(std::int32_t value) {
    char out[4];
    wire_type::put(out, value);
    append(wire_type::int4, out, sizeof out);
}

void parameters::add(std::int64_t value) {
    char out[8];
    wire_type::put(out, value);
    append(wire_type::int8, out, sizeof out);
}

// Binary text is the same bytes, and carries a NUL to PostgreSQL, which refuses it, instead of cutting it off.
void parameters::add(std::string_view value) {
    append(wire_type::text, value.data(), value.size());
}

void parameters::add(const uuid& value) {
    append(wire_type::uuid, value.bytes.data(), value.bytes.size());
}

void parameters::add(timestamp value) {
    char out[8];
    wire_type::put(out, static_cast<std::int64_t>(value.time_since_epoch().count() - wire_type::epoch_offset));
    append(wire_type::timestamptz, out, sizeof out);
}

void parameters::add(json value) {
    // jsonb_recv: a version byte, then the text.
    std::string out(1, '\1');
    out.append(value.text);
    append(wire_type::jsonb, out.data(), out.size());
}

void parameters::add(bytes value) {
    append(wire_type::bytea, value.data.data(), value.data.size());
}

void parameters::add(const std::vector<uuid>& values) {
    auto out = array_header(wire_type::uuid, values.size());
    for (const auto& v : values)
        append_element(out, reinterpret_cast<const char*>(v.bytes.data()), v.bytes.size());
    append(wire_type::uuid_array, out.data(), out.size());
}

void parameters::add(const std::vector<std::string>& values) {
    auto out = array_header(wire_type::text, values.size());
    for (const auto& v : values)
        append_element(out, v.data(), v.size());
    append(wire_type::text_array, out.data(), out.size());
}

void parameters::add(const std::vector<std::int64_t>& values) {
    auto out = array_header(wire_type::int8, values.size());
    char number[8];
    for (const auto v : values) {
        wire_type::put(number, v);
        append_element(out, number, sizeof number);
    }
    append(wire_type::int8_array, out.data(), out.size());
}

void parameters::fill(wire& out) const {
    const auto count = values_.size();
    out.types.resize(count);
    out.values.resize(count);
    out.lengths.resize(count);
    out.formats.resize(count);
    for (std::size_t i = 0; i < count; ++i) {
        const auto& v = values_[i];
        out.types[i] = v.type;
        // An empty value needs an address that is not null, or libpq sends NULL.
        out.values[i] = v.length < 0 ? nullptr : v.length == 0 ? "" : data_.data() + v.offset;
        out.lengths[i] = v.length < 0 ? 0 : v.length;
        out.formats[i] = 1;
    }
}

} // namespace bursar::db
