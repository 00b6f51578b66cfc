// When API keys were used last, gathered here and written now and then in one statement. Belongs to the loop's thread.
#pragma once

#include "db/client.hpp"
#include "db/repositories/identity/api_keys.hpp"
#include "server/uuid.hpp"

#include <unordered_map>

namespace bursar::middleware {

class key_uses {
public:
    // The client must outlive it.
    explicit key_uses(db::client& database)
        : database_(database) {}

    void note(const server::uuid& key) { uses_[key] = server::now(); }

    // Writes what has been noted since; on failure it waits for the next time. False: there is no more to do at once.
    server::awaitable<bool> write();

private:
    db::client& database_;
    const db::repositories::api_key_repository keys_;
    std::unordered_map<server::uuid, server::timestamp, server::uuid_hash>
        uses_; // as many as there are keys in the cache
};

} // namespace bursar::middleware
