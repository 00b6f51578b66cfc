// A clock that a test sets while the programs that look at it run: Debian's libfaketime, preloaded. The monotonic clock
// is left alone, as whoever sets a real clock leaves it.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

namespace bursar::tests {

class false_clock {
public:
    false_clock();
    ~false_clock() { std::filesystem::remove(file_); }
    false_clock(const false_clock&) = delete;
    false_clock& operator=(const false_clock&) = delete;

    // Whether it can be used here: a sanitizer's runtime does not let itself be preloaded over.
    static bool works();

    // Off the real time by this: "+40d", "-3", "+0".
    void set(const std::string& offset) const;

    // For a program of the test's.
    std::vector<std::pair<std::string, std::string>> environment() const;
    // The same as "NAME=value".
    std::vector<std::string> assignments() const;

private:
    std::string file_;
};

} // namespace bursar::tests
