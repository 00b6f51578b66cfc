// The binary as an operator runs it: what it says, and the exit code.
#pragma once

#include "tests/support/process.hpp"

#include <string>
#include <vector>

namespace bursar::tests {

using words = std::vector<std::string>;
using environment = std::vector<std::pair<std::string, std::string>>;

inline process start(words arguments, const std::string& url) {
    return process{launch{BURSAR_BINARY, std::move(arguments), {{"DATABASE_URL", url}}, {}}};
}

inline int
exit_code(words arguments, const std::string& url, std::chrono::milliseconds within = std::chrono::seconds{30}) {
    auto running = start(std::move(arguments), url);
    return running.wait_exit(within).value_or(-1);
}

// What it says, and its exit code behind that.
inline std::string said(words arguments, const environment& settings) {
    process running{launch{BURSAR_BINARY, std::move(arguments), settings, {}}};
    const auto code = running.wait_exit(std::chrono::seconds{10}).value_or(-1);
    return running.log() + std::to_string(code);
}

inline std::string said(words arguments, const std::string& url) {
    return said(std::move(arguments), environment{{"DATABASE_URL", url}});
}

} // namespace bursar::tests
