// A process that stands still, as one does that a network has swallowed: its connections stay and nothing answers.
#pragma once

#include <sys/types.h>

#include <csignal>

namespace bursar::tests {

class stopped_process {
public:
    explicit stopped_process(pid_t pid)
        : pid_(pid) {
        ::kill(pid_, SIGSTOP);
    }
    ~stopped_process() { go_on(); }
    stopped_process(const stopped_process&) = delete;
    stopped_process& operator=(const stopped_process&) = delete;

    void go_on() const { ::kill(pid_, SIGCONT); }

private:
    pid_t pid_;
};

} // namespace bursar::tests
