// What stands behind db::transaction: one leased connection and where the transaction on it has got to.
#pragma once

#include "db/client.hpp"
#include "db/driver/lease_pool.hpp"

namespace bursar::db {

class transaction::implementation {
public:
    implementation(std::shared_ptr<lease_pool> pool, std::shared_ptr<connection> at);
    // Returns the connection, rolling back what is open.
    ~implementation();
    implementation(const implementation&) = delete;
    implementation& operator=(const implementation&) = delete;

    // One round trip: BEGIN if it is the first, what is queued, the calls, COMMIT if asked for. The rows of each call
    // go to `each` when it is given, else the last call's are returned.
    awaitable<result<rows>> run(std::span<const call> calls, std::vector<rows>* each, bool commit, deadline until);
    awaitable<result<>> rollback(deadline until);
    void enqueue(call what) { queue_.push_back(std::move(what)); }

private:
    struct step;

    std::optional<error> refusal(deadline until) const;
    bool send(operation& op, std::span<const call> calls, bool commit);
    awaitable<> answer(step& s);

    std::shared_ptr<lease_pool> pool_;
    std::shared_ptr<connection> at_;
    std::uint64_t epoch_;
    std::vector<call> queue_;
    bool begun_ = false;
    bool over_ = false;   // committed or rolled back
    bool in_use_ = false; // a round trip was sent and its answer did not come
    bool committing_ = false;
    bool broken_ = false; // its answer will not come
};

} // namespace bursar::db
