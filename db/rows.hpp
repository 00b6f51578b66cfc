// What a statement returned, in binary format. Owns the libpq result; views from it live as long as it does.
#pragma once

#include "server/time.hpp"
#include "server/uuid.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

struct pg_result;

namespace bursar::db {

using server::timestamp;
using server::uuid;

// One row. Column types are checked: reading a column as a type it does not have, or NULL into a type that cannot hold
// it, throws std::logic_error, because the statement and its mapping stand side by side in one file.
class row {
public:
    row(const pg_result* from, int index) noexcept
        : result_(from)
        , index_(index) {}

    // T: bool, int16_t, int32_t, int64_t, std::string, std::string_view, uuid, timestamp,
    // std::span<const std::uint8_t> (bytea), or std::optional of one of them; std::vector of uuid or int64_t (arrays
    // without NULLs). jsonb and text read as strings.
    template <class T>
    T get(int column) const;

    bool is_null(int column) const noexcept;

    // Columns 0, 1, 2 … into the given variables.
    template <class... T>
    void read(T&... out) const {
        int column = 0;
        ((out = get<T>(column++)), ...);
    }

private:
    const pg_result* result_;
    int index_;
};

class rows {
public:
    rows() = default;
    // Takes over the result.
    explicit rows(pg_result* from) noexcept;

    std::size_t size() const noexcept;
    bool empty() const noexcept { return size() == 0; }
    row operator[](std::size_t index) const noexcept { return {result_.get(), static_cast<int>(index)}; }
    row front() const noexcept { return (*this)[0]; }
    // Rows an INSERT, UPDATE or DELETE touched.
    std::size_t affected() const noexcept;

private:
    struct clear {
        void operator()(pg_result* r) const noexcept;
    };
    std::unique_ptr<pg_result, clear> result_;
};

} // namespace bursar::db
