// What the query of a list says beside its filters, which page of it; and the query of one that has none.
#pragma once

#include "server/schema/declare.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace bursar::handlers {

template <class Query>
constexpr auto cursor_field(const char* of = "meta.next_cursor of the page before, with the same filters.") {
    using namespace server::schema;
    return field("cursor", &Query::cursor, length{1, 200}, formats::visible_ascii, doc{of});
}

template <class Query>
constexpr auto limit_field(const char* of = "How many at most.") {
    using namespace server::schema;
    return field("limit", &Query::limit, range{1, 100}, optional_with_default{}, doc{of});
}

struct page_query {
    std::optional<std::string> cursor;
    std::int64_t limit = 20;
};

constexpr auto describe_schema(const page_query*) {
    return server::schema::object(
        "ListPage", "Which page.", cursor_field<page_query>("meta.next_cursor of the page before."),
        limit_field<page_query>());
}

} // namespace bursar::handlers
