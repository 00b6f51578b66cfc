// The serving process: all that it is made of, started in order, drained and stopped in reverse. Where all folders
// meet, as in main.cpp.
#pragma once

#include "server/config.hpp"

namespace bursar {

// Serves until a signal ends it. EXIT_SUCCESS when all that was under way was finished in time, else exit_software.
// Throws what keeps it from starting: server::wrong_setting where that is a file that a setting names. The settings
// must outlive the call.
int run_serving_process(const server::config& settings);

} // namespace bursar
