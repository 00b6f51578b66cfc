// What goes on beside the requests: one list, begun in its order and stopped in reverse, so that who is listed first
// outlasts who needs it. Belongs to the loop's thread. Whatever the work refers to, and the registry, outlive the list.
#pragma once

#include "server/periodic.hpp"
#include "server/task_group.hpp"

#include <deque>
#include <string_view>

namespace prometheus {
class Counter;
class Gauge;
class Registry;
template <class T>
class Family;
} // namespace prometheus

namespace bursar::server {

class background {
public:
    // What needs the schema waits until the process is ready.
    enum class begins { when_ready, at_start };

    struct job {
        std::string_view name;           // of its task in the log, and of its metrics: a literal
        std::chrono::milliseconds pause; // 0: the job is switched off
        periodic::work work;
        begins when = begins::when_ready;
        periodic::work last = {}; // done once more after the end: what is left to write
    };

    background(asio::io_context& loop, prometheus::Registry& metrics);
    background(const background&) = delete;
    background& operator=(const background&) = delete;
    ~background();

    // Before start().
    void add(job what);

    // The group outlives the list's jobs.
    void start(task_group& tasks);
    void ready();

    // Of a job that is done with for good.
    void end(std::string_view name) noexcept;

    // Ends every pause and does what each has left to do.
    awaitable<> stop();

private:
    struct entry;
    void spawn(begins when);
    awaitable<bool> run(entry& which);

    asio::io_context& loop_;
    prometheus::Family<prometheus::Counter>& runs_;
    prometheus::Family<prometheus::Gauge>& last_runs_;
    std::deque<entry> entries_; // where they are, they stay
    task_group* tasks_ = nullptr;
};

} // namespace bursar::server
