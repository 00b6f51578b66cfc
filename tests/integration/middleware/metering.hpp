// How much a rate limit lets through, measured from outside.
#pragma once

#include "tests/support/deployment.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace bursar::tests {

// A key with a rate limit that may do nothing: what passes the limits ends as 403, without asking PostgreSQL.
std::string limited_key(deployment& on, int requests_a_minute);
// The limit of every key of the deployment's organization that has one.
void set_limit(deployment& on, int requests_a_minute);

// One client a port, all at once, each as fast as it is answered.
struct meter {
    std::vector<std::uint16_t> ports;
    std::string key;

    struct reading {
        std::size_t passed = 0;
        std::size_t refused = 0;
        std::vector<std::string> strange; // answers that are neither
        double seconds = 0;
    };

    // Until each client has been refused.
    reading spend() const;
    reading measure(std::chrono::milliseconds time) const;
};

// How long to measure: BURSAR_TEST_SECONDS, or a few.
std::chrono::seconds measuring_time();

// What a budget of so many a minute lets through in that time, once it is spent.
double due(int requests_a_minute, double seconds);

} // namespace bursar::tests
