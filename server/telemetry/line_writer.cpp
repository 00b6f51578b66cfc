#include "server/telemetry/line_writer.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

namespace bursar::server {

namespace {

constexpr std::chrono::milliseconds gathering{5};
constexpr std::size_t enough = 64U << 10U; // to be written without gathering more

} // namespace

line_writer::line_writer(int descriptor, std::size_t most)
    : descriptor_(descriptor)
    , most_(most)
    , thread_([this] { run(); }) {}

line_writer::~line_writer() {
    {
        const std::lock_guard lock{mutex_};
        stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

void line_writer::add(std::string_view line) {
    const std::lock_guard lock{mutex_};
    const auto before = waiting_.size();
    if (before + line.size() >= most_) {
        ++dropped_;
        return;
    }
    waiting_ += line;
    waiting_ += '\n';
    if (before == 0 || (before < enough && waiting_.size() >= enough))
        wake_.notify_one();
}

std::uint64_t line_writer::dropped() const noexcept {
    const std::lock_guard lock{mutex_};
    return dropped_;
}

void line_writer::run() {
    std::string writing;
    std::unique_lock lock{mutex_};
    for (;;) {
        wake_.wait(lock, [&] { return stopping_ || !waiting_.empty(); });
        if (waiting_.empty())
            return;
        wake_.wait_for(lock, gathering, [&] { return stopping_ || waiting_.size() >= enough; });
        std::swap(writing, waiting_);
        lock.unlock();
        const auto lost = write_out(writing);
        lock.lock();
        dropped_ += static_cast<std::uint64_t>(std::count(lost.begin(), lost.end(), '\n'));
        writing.clear();
    }
}

std::string_view line_writer::write_out(std::string_view rest) const noexcept {
    while (!rest.empty()) {
        const auto written = ::write(descriptor_, rest.data(), rest.size());
        if (written >= 0) {
            rest.remove_prefix(static_cast<std::size_t>(written));
        } else if (errno == EAGAIN) {
            // Somebody who shares it has made it non-blocking.
            pollfd room{descriptor_, POLLOUT, 0};
            ::poll(&room, 1, -1);
        } else if (errno != EINTR) {
            break;
        }
    }
    return rest;
}

} // namespace bursar::server
