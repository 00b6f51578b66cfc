// Clients that create tickets the way a careful client does: one Idempotency-Key a ticket, sent again until it is
// answered. What they were told is kept, to be compared with what the database holds.
#pragma once

#include "tests/support/deployment.hpp"

#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace bursar::tests {

class writers {
public:
    // Starts `count` clients, each with customers of its own.
    writers(deployment& on, std::size_t count);
    ~writers();

    // Waits until this many more tickets have been acknowledged; throws after a minute.
    void wait_for_more(std::size_t tickets);
    // No new tickets; those begun are sent again until they are answered. Then joins.
    void finish();

    // Ids that a 201 named, in no order. After finish() only.
    const std::vector<std::string>& acknowledged() const noexcept { return acknowledged_; }
    std::size_t attempts_failed() const noexcept { return failed_; }
    // Answers that were neither 201 nor a documented "try again": there should be none.
    const std::vector<std::string>& strange() const noexcept { return strange_; }

private:
    void write(const std::vector<std::string>& customers);
    void write_one(const std::string& customer);
    bool try_once(const std::string& key, const std::string& body);

    deployment& on_;
    std::atomic<bool> stop_{false};
    std::atomic<std::size_t> done_{0};
    std::atomic<std::size_t> failed_{0};
    std::mutex mutex_;
    std::vector<std::string> acknowledged_;
    std::vector<std::string> strange_;
    std::vector<std::thread> threads_;
};

// Every key was applied exactly once: as many tickets as acknowledgements, all different, all there. Ends the clients.
void check_books(deployment& on, writers& clients);

} // namespace bursar::tests
