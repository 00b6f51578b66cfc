// What an operator can have done to the ledger: `bursar verify` and the words after `bursar ledger`.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace bursar::handlers {

// Does the work with the database at the URL; returns the exit code.
using ledger_command = std::function<int(const std::string& url)>;

// Each takes its words and flags out of the arguments and leaves those of the configuration. Throws server::wrong_usage
// when they make no command.
ledger_command parse_verify(std::vector<std::string>& arguments);
ledger_command parse_ledger_command(std::vector<std::string>& arguments);

} // namespace bursar::handlers
