// Writes lines to a descriptor from a thread of its own, many with one call: a line wakes the thread only when none has
// been waiting, and the thread lets more gather before it writes. A queue that woke it for every line would cost three
// system calls and a change of context each. Bounded: lines that find it full, or cannot be written, are dropped and
// counted.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace bursar::server {

class line_writer {
public:
    // The descriptor must outlive the writer. `most` bytes may wait.
    explicit line_writer(int descriptor, std::size_t most = std::size_t{4} << 20U);
    line_writer(const line_writer&) = delete;
    line_writer& operator=(const line_writer&) = delete;
    // Writes what waits, for as long as the descriptor takes, then ends the thread.
    ~line_writer();

    // Takes a line without its end. From any thread; never waits for the descriptor.
    void add(std::string_view line);
    std::uint64_t dropped() const noexcept;

private:
    void run();
    // Returns what could not be written.
    std::string_view write_out(std::string_view rest) const noexcept;

    const int descriptor_;
    const std::size_t most_;
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::string waiting_;
    std::uint64_t dropped_ = 0;
    bool stopping_ = false;
    std::thread thread_;
};

} // namespace bursar::server
