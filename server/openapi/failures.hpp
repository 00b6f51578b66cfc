// The failures an operation can end in: those its route declares and those the chain adds because of what the route
// declares. The document and the chain must agree; tests/contract holds them together.
#pragma once

#include "server/http/route.hpp"
#include "server/openapi/schemas.hpp"

#include <map>
#include <set>

namespace bursar::server::openapi {

// By status.
using failure_map = std::map<unsigned, std::set<errc>>;
failure_map failures_of(const http::route& route);

bool has_path_parameters(const http::route& route) noexcept;
bool is_public(const http::route& route) noexcept;
// A GET some answer of which carries an ETag.
bool is_conditional_read(const http::route& route) noexcept;

// The responses object's entry. Those of a single code are components; `components` gathers them.
json::object
failure_response(const http::route& route, unsigned status, const std::set<errc>& codes, json::object& components);

// ErrorCode, Failure, FailureDetail and FieldError.
void add_failure_schemas(json::object& schemas);

} // namespace bursar::server::openapi
