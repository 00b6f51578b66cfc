#include "db/driver/canceller.hpp"

#include <libpq-fe.h>

namespace bursar::db {

canceller::~canceller() {
    {
        const std::lock_guard lock{mutex_};
        stopping_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable())
        thread_.join();
    for (auto* const request : requests_)
        PQfreeCancel(request);
}

void canceller::send(pg_cancel* request) {
    if (request == nullptr)
        return;
    {
        const std::lock_guard lock{mutex_};
        requests_.push_back(request);
        if (!thread_.joinable())
            thread_ = std::thread{&canceller::work, this};
    }
    wake_.notify_one();
}

void canceller::work() {
    std::unique_lock lock{mutex_};
    for (;;) {
        wake_.wait(lock, [this] { return stopping_ || !requests_.empty(); });
        if (stopping_)
            return;
        auto* const request = requests_.front();
        requests_.pop_front();
        lock.unlock();
        char message[256];
        PQcancel(request, message, sizeof message);
        PQfreeCancel(request);
        lock.lock();
    }
}

} // namespace bursar::db
