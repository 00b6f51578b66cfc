#include "db/parameters.hpp"

#include "db/types.hpp"

#include <cstring>
#include <limits>
#include <stdexcept>

namespace bursar::db {

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
    wire_type::put(out, wire_type::from_timestamp(value));
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

template <class T>
void parameters::add(array<T>& values) {
    const auto text = values.wire();
    append(values.type(), text.data(), text.size());
}

template void parameters::add(array<bool>& values);
template void parameters::add(array<std::int16_t>& values);
template void parameters::add(array<std::int64_t>& values);
template void parameters::add(array<uuid>& values);
template void parameters::add(array<timestamp>& values);
template void parameters::add(array<std::string_view>& values);

void parameters::add(const std::vector<uuid>& values) {
    add_elements<uuid>(values);
}

void parameters::add(const std::vector<std::string>& values) {
    add_elements<std::string_view>(values);
}

void parameters::add(const std::vector<std::int64_t>& values) {
    add_elements<std::int64_t>(values);
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

uuid parameters::first_id() const noexcept {
    uuid out;
    if (!values_.empty() && values_.front().type == wire_type::uuid && values_.front().length > 0)
        std::memcpy(out.bytes.data(), data_.data() + values_.front().offset, out.bytes.size());
    return out;
}

} // namespace bursar::db
