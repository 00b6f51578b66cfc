// The largest answers that an organization can ask for: every GET of the OpenAPI document in every media type that it
// comes in, with the most rows and all that can be included. No route is named. And an organization whose rows are as
// long as they may be.
#pragma once

#include "tests/support/deployment.hpp"

#include <boost/json/value.hpp>

#include <map>
#include <string>
#include <vector>

namespace bursar::tests {

struct large_request {
    std::string target;
    std::string accept;
};

// ids: of what there is, by collection as in its path: "customers" → …
std::vector<large_request>
largest_requests(const boost::json::value& document, const std::map<std::string, std::string>& ids);

struct large_organization {
    std::string key;
    std::map<std::string, std::string> ids; // of the rows that have most beneath them
};

large_organization make_large_organization(deployment& in);

} // namespace bursar::tests
