// Reading a value of a described type: from JSON or from a query string, into storage the caller owns. Everything that
// is wrong is gathered, not only the first.
#pragma once

#include "server/error.hpp"
#include "server/schema/json.hpp"
#include "server/schema/type.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace bursar::server::schema {

// `out` points at a default-constructed object of the C++ type that `what` describes. malformed_json as read_json says;
// validation_failed with one field_error for each fault, whose pointers are RFC 6901.
result<> read_body(const type& what, std::string_view text, void* out);

// Of a list in a query string whose declaration has no items{}.
inline constexpr std::size_t most_query_elements = 100;

// `a=1&b=x,y`: application/x-www-form-urlencoded, '+' is a space; elements of arrays are separated by commas. "a=" is
// the empty list or the empty string, and a fault for every other type. malformed_request for what cannot be decoded,
// else validation_failed; with one field_error for each fault, whose pointers are names of parameters.
result<> read_query(const type& what, std::string_view text, void* out);

// The same for a route that has no parameters.
result<> read_no_query(std::string_view text);

// For whoever has to know one parameter before the rest is read: the value of the first one of that name. What cannot
// be decoded is passed over.
std::optional<std::string> find_parameter(std::string_view text, std::string_view name);

} // namespace bursar::server::schema
