// Answers made of DTOs: what every resource renders alike.
#pragma once

#include "server/http/answer.hpp"
#include "server/schema/routes.hpp"
#include "server/schema/schema.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bursar::handlers {

// What is no resource of its own, and has no ETag.
template <class T>
server::http::response value_answer(const T& value) {
    std::string data;
    server::schema::render(data, value);
    return server::http::data_answer(200, data);
}

// The same, 201 with Location.
template <class T>
server::http::response new_value_answer(std::string_view location, const T& value) {
    std::string data;
    server::schema::render(data, value);
    return server::http::created_answer(location, data);
}

// A page, as a list or within a value, and in "meta" where it goes on.
template <class T>
server::http::response page_answer(const T& value, std::optional<std::string> next_cursor, std::int64_t limit) {
    std::string data;
    server::schema::render(data, value);
    std::string meta;
    server::schema::render(meta, server::schema::list_meta{std::move(next_cursor), limit});
    return server::http::data_answer(200, data, meta);
}

template <class T>
server::http::response
list_answer(const std::vector<T>& items, std::optional<std::string> next_cursor, std::int64_t limit) {
    return page_answer(items, std::move(next_cursor), limit);
}

} // namespace bursar::handlers
