// A list's cursor, bound to its path and to every filter that its query declares, so that none can be forgotten.
#pragma once

#include "handlers/shared/cursor.hpp"
#include "server/http/context.hpp"
#include "server/schema/declare.hpp"
#include "server/schema/enums.hpp"

#include <algorithm>
#include <array>
#include <tuple>
#include <type_traits>

namespace bursar::handlers {

// Of a query these say which page, and what is shown of its members; the others say which members.
inline constexpr std::array<std::string_view, 3> no_filters{"cursor", "limit", "include"};

// Binds the list of a request: its route, what stands in the path, and the filters that were given.
list_scope scope_of_path(const server::http::request_context& context);

inline void bind_value(list_scope& scope, std::string_view name, std::string_view value) {
    scope.bind(name, value);
}
inline void bind_value(list_scope& scope, std::string_view name, const server::uuid& value) {
    scope.bind(name, value);
}
inline void bind_value(list_scope& scope, std::string_view name, server::timestamp value) {
    scope.bind(name, server::to_rfc3339(value));
}
template <class Value>
requires std::is_enum_v<Value>
void bind_value(list_scope& scope, std::string_view name, Value value) {
    scope.bind(name, server::schema::enum_name(value));
}

template <class Query>
list_scope scope_of(const server::http::request_context& context, const Query& query) {
    auto scope = scope_of_path(context);
    const auto bind = [&](const auto& field) {
        const auto& value = query.*field.member;
        if constexpr (requires { value.has_value(); })
            if (value && std::find(no_filters.begin(), no_filters.end(), field.name) == no_filters.end())
                bind_value(scope, field.name, *value);
    };
    std::apply([&](const auto&... each) { (bind(each), ...); }, server::schema::declaration_of<Query>.fields);
    return scope;
}

} // namespace bursar::handlers
