// From rows to records: what the repositories do alike.
#pragma once

#include "db/repositories/page.hpp"
#include "db/rows.hpp"
#include "db/session.hpp"
#include "server/schema/enums.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace bursar::db::repositories {

// The enumerator of a name that a CHECK of the table allows.
template <server::schema::described_enum E>
E known(std::string_view name) {
    const auto value = server::schema::parse_enum<E>(name);
    if (!value)
        throw std::logic_error("the database holds a name that the program does not know: " + std::string{name});
    return *value;
}

// The first row, as `read` makes it.
template <class Read>
auto first_of(const rows& found, const Read& read) -> std::optional<decltype(read(found.front()))> {
    if (found.empty())
        return std::nullopt;
    return read(found.front());
}

// The same of a find: not_found when there is none.
template <class Read>
auto found_row(const rows& found, const Read& read) -> result<decltype(read(found.front()))> {
    if (found.empty())
        return server::errc::not_found;
    return read(found.front());
}

// A page that the statement cut by itself (list_statement.hpp): column `more` of each row says whether others follow.
template <class Read>
auto cut_page_of(const rows& found, int more, const Read& read) -> page<decltype(read(found.front()))> {
    page<decltype(read(found.front()))> out;
    out.items.reserve(found.size());
    for (std::size_t i = 0; i < found.size(); ++i)
        out.items.push_back(read(found[i]));
    out.more = !found.empty() && found[found.size() - 1].get<bool>(more);
    return out;
}

// A page of at most `limit` items of a list whose rows are small; the statement was asked for one row more.
template <class Read>
auto page_of(const rows& found, int limit, const Read& read) -> page<decltype(read(found.front()))> {
    const auto wanted = static_cast<std::size_t>(limit);
    page<decltype(read(found.front()))> out;
    out.more = found.size() > wanted;
    out.items.reserve(std::min(found.size(), wanted));
    for (std::size_t i = 0; i < found.size() && i < wanted; ++i)
        out.items.push_back(read(found[i]));
    return out;
}

// ---- one statement, and what its rows are ----
//
// What reads them, a mapping or a function, must outlive the call, and so must the statement.

template <class Read>
using record_of = decltype(std::declval<const Read&>()(std::declval<const rows&>().front()));

template <class Read>
awaitable<result<std::optional<record_of<Read>>>>
fetch_first(session& on, const statement& what, parameters values, deadline until, const Read& read) {
    const auto found = co_await on.execute(what, std::move(values), until);
    if (!found)
        co_return found.error();
    co_return first_of(*found, read);
}

template <class Read>
awaitable<result<record_of<Read>>>
fetch_found(session& on, const statement& what, parameters values, deadline until, const Read& read) {
    const auto found = co_await on.execute(what, std::move(values), until);
    if (!found)
        co_return found.error();
    co_return found_row(*found, read);
}

template <class Read>
awaitable<result<page<record_of<Read>>>>
fetch_page(session& on, const statement& what, parameters values, deadline until, int limit, const Read& read) {
    const auto found = co_await on.execute(what, std::move(values), until);
    if (!found)
        co_return found.error();
    co_return page_of(*found, limit, read);
}

template <class Read>
awaitable<result<page<record_of<Read>>>>
fetch_cut_page(session& on, const statement& what, parameters values, deadline until, int more, const Read& read) {
    const auto found = co_await on.execute(what, std::move(values), until);
    if (!found)
        co_return found.error();
    co_return cut_page_of(*found, more, read);
}

// Of a write that returns what it changed: whether it changed anything.
inline awaitable<result<bool>> fetch_any(session& on, const statement& what, parameters values, deadline until) {
    const auto found = co_await on.execute(what, std::move(values), until);
    if (!found)
        co_return found.error();
    co_return !found->empty();
}

// Of one that need not return anything.
inline awaitable<result<>> perform(session& on, const statement& what, parameters values, deadline until) {
    const auto done = co_await on.execute(what, std::move(values), until);
    if (!done)
        co_return done.error();
    co_return result<>{};
}

} // namespace bursar::db::repositories
