#include "tests/support/false_clock.hpp"

#include <unistd.h>

#include <atomic>
#include <string_view>

namespace bursar::tests {

namespace {

constexpr std::string_view preloaded = BURSAR_PLAIN_TIMERS ":/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";
constexpr std::string_view library = preloaded.substr(preloaded.rfind(':') + 1);

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif

} // namespace

false_clock::false_clock() {
    static std::atomic<int> count{0};
    file_ = "/tmp/bursar-clock-" + std::to_string(::getpid()) + "-" + std::to_string(++count);
    set("+0");
}

bool false_clock::works() {
    return !sanitized && std::filesystem::exists(library);
}

// In one step: a reader never finds half of it.
void false_clock::set(const std::string& offset) const {
    const auto fresh = file_ + ".new";
    std::ofstream{fresh} << offset << '\n';
    std::filesystem::rename(fresh, file_);
}

std::vector<std::pair<std::string, std::string>> false_clock::environment() const {
    return {
        {"LD_PRELOAD", std::string{preloaded}},
        {"FAKETIME_TIMESTAMP_FILE", file_},
        {"FAKETIME_NO_CACHE", "1"},
        {"FAKETIME_DONT_FAKE_MONOTONIC", "1"},
        // For the times of files it takes a lock that a process which is killed meanwhile leaves taken.
        {"NO_FAKE_STAT", "1"}};
}

std::vector<std::string> false_clock::assignments() const {
    std::vector<std::string> out;
    for (const auto& [name, value] : environment())
        out.push_back(name + "=" + value);
    return out;
}

} // namespace bursar::tests
