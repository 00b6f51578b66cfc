// The API reference: the OpenAPI document at /openapi.json, and a page at /docs that shows it in a browser from files
// embedded in the binary. Nothing is fetched from anywhere else.
#pragma once

#include "server/http/route.hpp"

#include <string>
#include <vector>

namespace bursar::handlers::docs {

// The document must outlive the routes.
std::vector<server::http::route> routes(const std::string& document);

} // namespace bursar::handlers::docs
