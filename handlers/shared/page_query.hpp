// The query of a list that has no filters: which page of it.
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

constexpr auto describe_schema(const page_query*) {
    using namespace server::schema;
    return object(
        "ListPage", "Which page.",
        field(
            "cursor", &page_query::cursor, length{1, 200}, formats::visible_ascii,
            doc{"meta.next_cursor of the page before."}),
        field("limit", &page_query::limit, range{1, 100}, optional_with_default{}, doc{"How many at most."}));
}

} // namespace bursar::handlers
