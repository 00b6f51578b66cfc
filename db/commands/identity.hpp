// How an operator lets somebody in, looks who is, and shuts them out: `bursar org`, `bursar key` and `bursar invite`.
// What they make belongs to nobody who asked by the API: created_by and invited_by stay null.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace bursar::db::commands {

// Does the work with the database at the URL; returns the exit code.
using command = std::function<int(const std::string& url)>;

// Each takes its words and flags out of the arguments and leaves those of the configuration. Throws server::wrong_usage
// when they make no command.
command parse_org(std::vector<std::string>& arguments);
command parse_key(std::vector<std::string>& arguments);
command parse_invite(std::vector<std::string>& arguments);

} // namespace bursar::db::commands
