// What may stand for a parameter in a path. Whatever else stands there is no resource: the router answers 404 in the
// handler's place, so behind the chain.
#pragma once

#include "server/time.hpp"
#include "server/uuid.hpp"

#include <string_view>
#include <vector>

namespace bursar::server::http {

struct route;

struct parameter_form {
    bool (*accepts)(std::string_view segment) noexcept; // percent-decoded
    // What the document says of it, in JSON Schema's words; may be empty.
    std::string_view format = {};
    std::string_view pattern = {};
    std::string_view example = {};
};

// A parameter of a route that is not the id of something. `name` as in the path, without the braces.
struct path_parameter_spec {
    std::string_view name;
    const parameter_form* form;
};

// A type that a segment is read as, and its form. read() wants a segment that the form accepts.
template <class T>
struct path_value;

template <>
struct path_value<uuid> {
    static constexpr parameter_form form{
        [](std::string_view segment) noexcept { return uuid::parse(segment).has_value(); },
        "uuid",
        {},
        "0193a1c4-5e6f-7a8b-9c0d-1e2f3a4b5c6d"};
    static uuid read(std::string_view segment) noexcept { return *uuid::parse(segment); }
};

template <>
struct path_value<std::chrono::year_month> {
    static constexpr parameter_form form{
        [](std::string_view segment) noexcept { return parse_month(segment).has_value(); },
        {},
        "^[0-9]{4}-(0[1-9]|1[0-2])$",
        "2026-10"};
    static std::chrono::year_month read(std::string_view segment) noexcept { return *parse_month(segment); }
};

// An id in the document, and to be looked at by the handler: for what keeps its answer to a wrong one as to any other.
inline constexpr parameter_form unchecked_id{
    [](std::string_view) noexcept { return true; }, path_value<uuid>::form.format, {}, path_value<uuid>::form.example};

struct described_parameter {
    std::string_view name;
    const parameter_form* form;
    std::string_view before; // what stands in front of it in the path, without the slash
};

// Those of a route's path, in their order: as the route declares them, and ids where it says nothing.
std::vector<described_parameter> path_parameters_of(const route& of);

} // namespace bursar::server::http
