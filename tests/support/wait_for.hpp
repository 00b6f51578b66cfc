// Waits for a condition of the world outside the test to come true, looking every few milliseconds. Throws
// std::runtime_error when it has not within half a minute.
#pragma once

#include <chrono>
#include <stdexcept>
#include <thread>

namespace bursar::tests {

template <class Condition>
void wait_for(Condition condition, std::chrono::milliseconds within = std::chrono::seconds{30}) {
    const auto until = std::chrono::steady_clock::now() + within;
    while (!condition()) {
        if (std::chrono::steady_clock::now() >= until)
            throw std::runtime_error("the condition did not come true in time");
        std::this_thread::sleep_for(std::chrono::milliseconds{20});
    }
}

} // namespace bursar::tests
