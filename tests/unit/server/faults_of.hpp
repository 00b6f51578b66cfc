// What is wrong with a request, a line for each field.
#pragma once

#include "server/error.hpp"

namespace bursar::tests {

inline std::string faults_of(const server::error& e) {
    std::string out;
    for (const auto& f : e.fields)
        out += f.pointer + " " + f.message + "\n";
    return out;
}

} // namespace bursar::tests
