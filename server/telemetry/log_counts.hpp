// How often each warning and each error was logged, whether or not its level is switched on: what a program runs into
// beside its requests (jobs, streams, connections) has a line in the log, and so a number to be alarmed by.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace bursar::server {

struct log_count {
    std::string level; // "warning", "error"
    std::string event;
    std::uint64_t lines = 0;
};

// From any thread.
std::vector<log_count> log_counts();

} // namespace bursar::server
