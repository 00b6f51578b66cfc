// Sends cancel requests on a thread of its own, because PQcancel blocks until PostgreSQL has taken it.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

struct pg_cancel;

namespace bursar::db {

class canceller {
public:
    canceller() = default;
    // Waits for a request under way (bounded by the connection's own tcp_user_timeout); drops those not begun.
    ~canceller();
    canceller(const canceller&) = delete;
    canceller& operator=(const canceller&) = delete;

    // Takes over the request; null is ignored. The thread starts with the first.
    void send(pg_cancel* request);

private:
    void work();

    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<pg_cancel*> requests_;
    bool stopping_ = false;
    std::thread thread_;
};

} // namespace bursar::db
