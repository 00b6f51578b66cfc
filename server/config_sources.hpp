// Where settings come from, before anybody looks at what they say: flags, the file that --config names, the
// environment.
#pragma once

#include "server/config.hpp"

namespace bursar::server {

// A value, and where it stands, for the message when it is wrong.
struct given_value {
    std::string value;
    std::string origin;
};
using given_values = std::map<std::string_view, given_value>; // by setting::name

// The one that wins of each setting. What is no setting is a mistake, a line each; never the value of a secret.
given_values read_sources(const config_source& source, std::vector<std::string>& mistakes);

} // namespace bursar::server
