// One list of columns a record: what is selected, and the record from a row. A column that is added stands in one
// place, and none is counted by hand.
//
//     constexpr mapping note_row{column{"id", &note::id}, column{"body", &note::body}};
//     "select " + note_row.columns() + " from notes"; fetch_found(on, find_, parameters{org, id}, until, note_row)
#pragma once

#include "db/repositories/reading.hpp"
#include "server/schema/values.hpp"

#include <string>
#include <string_view>
#include <tuple>

namespace bursar::db::repositories {

// A column, or an expression in SQL, for a member. An enumeration comes by the name of its enumerator.
template <class Owner, class Value>
struct column {
    using owner = Owner;
    static constexpr int width = 1;

    std::string_view sql;
    Value Owner::*member;

    void read(Owner& out, const row& from, int at) const {
        auto& value = out.*member;
        if constexpr (server::schema::described_enum<Value>)
            value = known<Value>(from.get<std::string_view>(at));
        else if constexpr (std::is_same_v<Value, server::schema::raw_json>)
            value.text = from.get<std::string>(at);
        else
            value = from.get<Value>(at);
    }
};
template <class Owner, class Value>
column(std::string_view, Value Owner::*) -> column<Owner, Value>;

// What does not stand in the row as it does in the record: fill(record, row, at) reads `Width` columns from `at` on.
template <class Owner, int Width, class Fill>
struct derived_columns {
    using owner = Owner;
    static constexpr int width = Width;

    std::string_view sql; // all of them
    Fill fill;

    void read(Owner& out, const row& from, int at) const { fill(out, from, at); }
};
template <class Owner, int Width = 1, class Fill>
constexpr derived_columns<Owner, Width, Fill> derived(std::string_view sql, Fill fill) {
    return {sql, fill};
}

template <class First, class... Others>
class mapping {
public:
    using record = typename First::owner;

    constexpr explicit mapping(First first, Others... others)
        : all_{first, others...} {}

    // How many columns there are: where what is selected behind them begins.
    static constexpr int width = (First::width + ... + Others::width);

    // `of`: the name that the table has in the query, where columns are plain ones.
    std::string columns(std::string_view of = {}) const {
        std::string out;
        const auto add = [&](std::string_view sql) {
            out.append(out.empty() ? "" : ", ").append(of).append(of.empty() ? "" : ".").append(sql);
        };
        std::apply([&](const auto&... each) { (add(each.sql), ...); }, all_);
        return out;
    }

    // The record whose columns begin at `first`.
    record operator()(const row& from, int first = 0) const {
        record out;
        int at = first;
        const auto read = [&](const auto& each) {
            each.read(out, from, at);
            at += each.width;
        };
        std::apply([&](const auto&... each) { (read(each), ...); }, all_);
        return out;
    }

private:
    std::tuple<First, Others...> all_;
};

// A page that the statement cut by itself, whose last column is `more` (list_statement.hpp).
template <class... Columns>
page<typename mapping<Columns...>::record> cut_page_of(const rows& found, const mapping<Columns...>& as) {
    return cut_page_of(found, as.width, as);
}

template <class... Columns>
awaitable<result<page<typename mapping<Columns...>::record>>>
fetch_cut_page(session& on, const statement& what, parameters values, deadline until, const mapping<Columns...>& as) {
    return fetch_cut_page(on, what, std::move(values), until, as.width, as);
}

} // namespace bursar::db::repositories
