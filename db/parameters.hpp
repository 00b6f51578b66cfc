// Values bound to $1, $2, … in the order they are added. Integers, booleans, UUIDs, timestamps and byte strings go in
// PostgreSQL's binary format, text and JSON as their bytes. The type of each value is declared with it, so a statement
// is prepared with the types of its first use; use the same C++ types every time.
#pragma once

#include "server/time.hpp"
#include "server/uuid.hpp"

#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bursar::db {

using server::timestamp;
using server::uuid;

// A jsonb value, as JSON text.
struct json {
    std::string_view text;
};

// A bytea value.
struct bytes {
    std::span<const std::uint8_t> data;
};

class parameters {
public:
    parameters() = default;
    template <class... T>
    requires(sizeof...(T) > 0) explicit parameters(const T&... values) { (add(values), ...); }

    void add(bool value);
    void add(std::int16_t value);
    void add(std::int32_t value);
    void add(std::int64_t value);
    void add(double) = delete; // money is integer; nothing of ours is a double
    void add(std::string_view value);
    void add(const std::string& value) { add(std::string_view{value}); }
    void add(const char* value) { add(std::string_view{value}); }
    void add(const uuid& value);
    void add(timestamp value);
    void add(json value);
    void add(bytes value);
    void add(const std::vector<uuid>& values);         // uuid[]
    void add(const std::vector<std::string>& values);  // text[]
    void add(const std::vector<std::int64_t>& values); // int8[]
    template <class T>
    void add(const std::optional<T>& value) {
        if (value)
            add(*value);
        else
            add_null<T>();
    }

    std::size_t size() const noexcept { return types_.size(); }

    // For the wire: types (OIDs), lengths and formats one a value; values() points into this object and is valid until
    // it changes or moves.
    const std::vector<std::uint32_t>& types() const noexcept { return types_; }
    const std::vector<int>& lengths() const noexcept { return lengths_; }
    const std::vector<int>& formats() const noexcept { return formats_; }
    std::vector<const char*> values() const;

private:
    template <class T>
    void add_null() {
        parameters typed;
        typed.add(T{});
        add_null_of(typed.types_.front(), typed.formats_.front());
    }
    void add_null_of(std::uint32_t type, int format);

    std::string data_; // the values after each other
    std::vector<std::size_t> offsets_;
    std::vector<std::uint32_t> types_;
    std::vector<int> lengths_; // -1 for NULL
    std::vector<int> formats_; // 0 text, 1 binary
};

} // namespace bursar::db
