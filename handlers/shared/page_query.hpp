// What the query of a list says beside its filters: which page of it. By itself, the query of a list without filters.
#pragma once

#include "server/schema/declare.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace bursar::handlers {

struct page_query {
    std::optional<std::string> cursor;
    std::int64_t limit = 20;
};

constexpr auto cursor_field(const char* of = "meta.next_cursor of the page before, with the same filters.") {
    using namespace server::schema;
    return field("cursor", &page_query::cursor, length{1, 200}, formats::visible_ascii, doc{of});
}

constexpr auto limit_field(const char* of = "How many at most.") {
    using namespace server::schema;
    return field("limit", &page_query::limit, range{1, 100}, optional_with_default{}, doc{of});
}

constexpr auto describe_schema(const page_query*) {
    return server::schema::object(
        "ListPage", "Which page.", cursor_field("meta.next_cursor of the page before."), limit_field());
}

} // namespace bursar::handlers
