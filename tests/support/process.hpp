// A program under test: started with its own arguments and environment, its output read line by line, killed and
// reaped when the object goes, whatever the test did. Start-up failures throw std::runtime_error with what it printed.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bursar::tests {

struct launch {
    std::string program;
    std::vector<std::string> arguments;
    std::vector<std::pair<std::string, std::string>> environment; // added to the test's own
    std::optional<std::uint64_t> max_descriptors;                 // RLIMIT_NOFILE of the child
};

class process {
public:
    explicit process(const launch& what);
    process(process&& other) noexcept;
    process(const process&) = delete;
    process& operator=(const process&) = delete;
    ~process();

    pid_t pid() const noexcept { return pid_; }
    void signal(int number) const;

    // The next line of standard output (standard error is merged into it) that contains `text`; lines passed over are
    // kept in log(). Throws when the time is up or the output ends.
    std::string wait_for_line(std::string_view text, std::chrono::milliseconds within = std::chrono::seconds{30});

    // Waits for the end. The exit status, or 128 + the signal that ended it; nullopt when it still runs.
    std::optional<int> wait_exit(std::chrono::milliseconds within = std::chrono::seconds{30});
    bool running();

    // Everything printed so far that has been read.
    const std::string& log() const noexcept { return log_; }

    // Resident memory, and open descriptors, from /proc.
    std::uint64_t resident_bytes() const;
    // The most it was since the peak was last forgotten, or since the start.
    std::uint64_t peak_resident_bytes() const;
    void forget_peak() const;
    std::size_t open_descriptors() const;

private:
    bool read_output(std::chrono::steady_clock::time_point until);

    pid_t pid_ = -1;
    int output_ = -1;
    std::string log_;
    std::size_t looked_ = 0; // of log_: where wait_for_line goes on
    std::optional<int> status_;
};

// The value of "port" in a {"event":"listening",…} line.
std::uint16_t port_in(std::string_view listening_line);

// A port of 127.0.0.1 that nobody listens on at the moment.
std::uint16_t free_port();

} // namespace bursar::tests
