// The public face of the schema: declare a DTO once (declare.hpp), then parse, render and describe it, and let a route
// say what it takes and gives (routes.hpp).
#pragma once

#include "server/error.hpp"
#include "server/schema/build.hpp"
#include "server/schema/canonical.hpp"
#include "server/schema/declare.hpp"
#include "server/schema/enums.hpp"
#include "server/schema/read.hpp"
#include "server/schema/render.hpp"
#include "server/schema/routes.hpp"
#include "server/schema/values.hpp"

#include <string_view>

namespace bursar::server::schema {

// The body as a T, or malformed_json or validation_failed with each fault, a hundred at most, by JSON pointer
// (read.hpp).
template <class T>
result<T> parse(std::string_view json) {
    T made{};
    if (auto read = read_body(type_of<T>(), json, &made); !read)
        return std::move(read).error();
    return made;
}

// The query string (without '?') as a T.
template <class T>
result<T> parse_query(std::string_view query) {
    T made{};
    if (auto read = read_query(type_of<T>(), query, &made); !read)
        return std::move(read).error();
    return made;
}

} // namespace bursar::server::schema
