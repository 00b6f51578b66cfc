// One route as an OpenAPI operation.
#pragma once

#include "server/http/route.hpp"
#include "server/openapi/schemas.hpp"

namespace bursar::server::openapi {

// Says to the set every type that the route uses.
void note_types(const http::route& route, schema_set& schemas);

// What operations refer to beside the types of routes: the envelopes of their answers, and failures of a single code.
struct gathered {
    json::object envelopes; // components/schemas
    json::object responses; // components/responses
};

json::object operation_of(const http::route& route, const schema_set& schemas, gathered& components);

// components/parameters and components/headers: all that the operations of these routes refer to.
json::object shared_parameters(const std::vector<const http::route*>& routes);
json::object shared_headers(const std::vector<const http::route*>& routes);

} // namespace bursar::server::openapi
