// What the repositories share in their signatures.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace bursar::db::repositories {

// One page of a list, in its order.
template <class T>
struct page {
    std::vector<T> items;
    bool more = false; // there are rows behind the last item
};

// The versions of a row that a change may start from; nullopt: any.
using expected_versions = std::optional<std::vector<std::int64_t>>;

} // namespace bursar::db::repositories
