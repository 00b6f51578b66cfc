// What stands behind db::transaction: one leased connection and where the transaction on it has got to.
#pragma once

#include "db/client.hpp"
#include "db/lease_pool.hpp"

namespace bursar::db {

class transaction::implementation {
public:
    implementation(std::shared_ptr<lease_pool> pool, std::shared_ptr<connection> at);
    // Returns the connection, rolling back what is open.
    ~implementation();
    implementation(const implementation&) = delete;
    implementation& operator=(const implementation&) = delete;

    // One round trip: BEGIN if it is the first, what is queued, `what` if there is one, COMMIT if asked for.
    awaitable<result<rows>> run(const statement* what, const parameters* values, bool commit, deadline until);
    awaitable<result<>> rollback(deadline until);
    void enqueue(const statement& what, parameters values);

private:
    struct step;
    struct queued {
        const statement* what;
        parameters values;
    };

    std::optional<error> refusal(deadline until) const;
    bool send(operation& op, const statement* what, const parameters* values, bool commit);
    awaitable<> answer(step& s);

    std::shared_ptr<lease_pool> pool_;
    std::shared_ptr<connection> at_;
    std::uint64_t epoch_;
    std::vector<queued> queue_;
    bool begun_ = false;
    bool over_ = false;   // committed or rolled back
    bool in_use_ = false; // a round trip was sent and its answer did not come
    bool committing_ = false;
    bool broken_ = false; // its answer will not come
};

} // namespace bursar::db
