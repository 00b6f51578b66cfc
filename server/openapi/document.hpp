// The OpenAPI 3.1 document of a table of routes. Made once, at start-up; the same routes give the same bytes.
#pragma once

#include "server/http/route.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace bursar::server::openapi {

struct tag_description {
    std::string_view name; // as routes say it
    std::string_view text;
};

struct document_options {
    std::string title = "bursar";
    std::string version;
    std::string description;
    std::string server_url = "/"; // relative to where the document is served
    std::vector<tag_description> tags;
};

// JSON text. Routes that say `internal` are left out. Throws std::logic_error, naming it, for what would make the
// document wrong: an operation id given twice or missing, two different types under one component name.
std::string document(const std::vector<http::route>& routes, const document_options& options);

} // namespace bursar::server::openapi
