// One array parameter, put on the wire as its elements are added, so that a column of a thousand rows is built once and
// bound without another pass. T: bool, int16_t, int64_t, uuid, timestamp or std::string_view (text[]; cast to jsonb[]
// in the statement for JSON).
#pragma once

#include "server/time.hpp"
#include "server/uuid.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bursar::db {

template <class T>
class array {
public:
    array();

    void add(T value);
    void add_null();
    void add(const std::optional<T>& value) {
        if (value)
            add(*value);
        else
            add_null();
    }

    std::size_t size() const noexcept { return count_; }
    bool empty() const noexcept { return count_ == 0; }

    // What libpq is given. The view holds until the next add.
    std::uint32_t type() const noexcept;
    std::string_view wire();

private:
    std::string wire_; // the header's counts are filled in by wire()
    std::size_t count_ = 0;
    bool nulls_ = false;
};

} // namespace bursar::db
