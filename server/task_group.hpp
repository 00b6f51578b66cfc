// Owns coroutines that nobody awaits: every one is counted, its failure is logged, and shutdown waits for it.
// Belongs to one loop's thread and must outlive its tasks.
#pragma once

#include "server/asio.hpp"

#include <cstddef>
#include <string_view>

namespace bursar::server {

class task_group {
public:
    explicit task_group(asio::io_context& loop);
    task_group(const task_group&) = delete;
    task_group& operator=(const task_group&) = delete;

    // Starts the task. `name` says in the log which task failed and must outlive it: a literal.
    void spawn(std::string_view name, awaitable<> task);

    // Completes when no task is left (true) or the deadline has passed (false). One waiter at a time.
    awaitable<bool> join(deadline until);

    std::size_t size() const noexcept { return running_; }

private:
    asio::io_context& loop_;
    timer idle_;
    std::size_t running_ = 0;
};

} // namespace bursar::server
