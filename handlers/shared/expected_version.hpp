// Which version a change or a removal may start from, and what it comes to from another.
#pragma once

#include "db/repositories/page.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace bursar::handlers {

inline bool is_expected(std::int64_t version, const db::repositories::expected_versions& versions) {
    return !versions || std::find(versions->begin(), versions->end(), version) != versions->end();
}

// What a guarded change comes to: the row as it was changed, or, where nothing was, as `find` finds it; but
// precondition_failed where that has another version than any expected. `find` must outlive the call.
template <class T, class Find>
server::awaitable<server::result<T>> changed_or_found(
    server::result<std::optional<T>> changed, const db::repositories::expected_versions& versions, const Find& find) {
    if (!changed)
        co_return changed.error();
    if (*changed)
        co_return std::move(**changed);
    server::result<T> found = co_await find();
    if (found && !is_expected(found->version, versions))
        co_return server::errc::precondition_failed;
    co_return found;
}

// What a guarded removal comes to: done, or, where nothing was removed, as `find` says; precondition_failed where that
// has another version than any expected, and `obstacle` otherwise. `find` must outlive the call.
template <class Find>
server::awaitable<server::result<>> removed_or_refused(
    server::result<bool> removed, const db::repositories::expected_versions& versions, const Find& find,
    server::error obstacle = server::errc::precondition_failed) {
    if (!removed)
        co_return removed.error();
    if (*removed)
        co_return server::result<>{};
    const auto found = co_await find();
    if (!found)
        co_return found.error();
    if (!is_expected(found->version, versions))
        co_return server::errc::precondition_failed;
    co_return obstacle;
}

} // namespace bursar::handlers
