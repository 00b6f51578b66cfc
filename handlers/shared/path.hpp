// The path that a request came by, in the one spelling that ids have.
#pragma once

#include "server/http/context.hpp"

#include <string>
#include <string_view>

namespace bursar::handlers {

std::string spelled(const server::http::path_parameter& parameter);

// Of what a request to a collection made: the collection's path, and the name behind it.
std::string location_of(const server::http::request_context& context, std::string_view name);

} // namespace bursar::handlers
