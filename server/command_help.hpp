// What `bursar --help` and the --help of each command print.
#pragma once

#include <string>
#include <vector>

namespace bursar::server {

std::string general_help();

// Of the command that these words begin with: of all its forms, or of the one that the second word names. Throws
// wrong_usage when there is none.
std::string command_help(const std::vector<std::string>& words);

// Every setting.
std::string serve_help();

} // namespace bursar::server
