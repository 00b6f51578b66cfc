// The words after `bursar ledger`, and what they do to the database.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace bursar::db::commands {

// Does the work with the database at the URL; returns the exit code.
using ledger_command = std::function<int(const std::string& url)>;

// Takes the command and its flags out of the arguments and leaves those of the configuration. Empty when they make no
// command.
ledger_command parse_ledger_command(std::vector<std::string>& arguments);

} // namespace bursar::db::commands
