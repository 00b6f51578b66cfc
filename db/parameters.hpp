// Values bound to $1, $2, … in the order they are added. Integers, booleans, UUIDs, timestamps and byte strings go in
// PostgreSQL's binary format, text and JSON as their bytes. The type of each value is declared with it, so a statement
// is prepared with the types of its first use; use the same C++ types every time.
#pragma once

#include "db/array.hpp"
#include "server/time.hpp"
#include "server/uuid.hpp"

#include <boost/container/small_vector.hpp>

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
    requires(sizeof...(T) > 0 && (!std::is_same_v<std::remove_cvref_t<T>, parameters> && ...)) explicit parameters(
        T&&... values) {
        (add(std::forward<T>(values)), ...);
    }

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
    void add(array<T>& values);
    template <class T>
    void add(array<T>&& values) {
        add(values);
    }
    template <class T>
    void add(const std::optional<T>& value) {
        if (value)
            add(*value);
        else
            add_null<T>();
    }

    std::size_t size() const noexcept { return values_.size(); }
    // The first value when it is a UUID, else the nil one.
    uuid first_id() const noexcept;

    // The parallel arrays libpq takes. `values` points into the parameters they were filled from.
    struct wire {
        std::vector<std::uint32_t> types; // OIDs
        std::vector<const char*> values;
        std::vector<int> lengths;
        std::vector<int> formats; // 1: binary, always
    };
    void fill(wire& out) const;

private:
    struct bound {
        std::uint32_t type;
        std::uint32_t offset;
        std::int32_t length; // -1 for NULL
    };

    template <class T>
    void add_null() {
        parameters typed;
        typed.add(T{});
        values_.push_back({typed.values_.front().type, 0, -1});
    }
    template <class T, class Values>
    void add_elements(const Values& values) {
        array<T> made;
        for (const auto& value : values)
            made.add(T{value});
        add(made);
    }
    void append(std::uint32_t type, const void* data, std::size_t length);

    // Sized so that a typical statement's parameters need no allocation.
    boost::container::small_vector<bound, 6> values_;
    boost::container::small_vector<char, 96> data_;
};

} // namespace bursar::db
