// Sign-ins that failed, reported to the organizations of whom they were tried on: in the audit log, a few seconds later
// and counted, so that the answer takes as long for a user as for nobody, and a flood is a row now and then. What
// cannot be written is tried again, of a bounded number of users. Belongs to the loop's thread.
#pragma once

#include "db/client.hpp"
#include "db/repositories/identity/users.hpp"
#include "server/request_origin.hpp"

#include <unordered_map>

namespace bursar::handlers::sessions {

class failed_sign_ins {
public:
    // The client and the repository must outlive it.
    failed_sign_ins(db::client& database, const db::repositories::user_repository& users) noexcept
        : database_(database)
        , users_(users) {}

    void note(const server::uuid& user, const server::request_origin& from);

    // Writes what has been noted since; what cannot be written is logged, and kept for the next time. False:
    // there is no more to do at once.
    server::awaitable<bool> write();

private:
    struct attempts {
        std::uint64_t count = 0;
        server::request_origin last;
    };
    static constexpr std::size_t limit = 10'000; // users whose failures wait for another try

    void take_back(const server::uuid& user, const attempts& made);
    server::awaitable<server::result<>> write(server::uuid user, const attempts& made, server::deadline until);

    db::client& database_;
    const db::repositories::user_repository& users_;
    std::unordered_map<server::uuid, attempts, server::uuid_hash> noted_;
};

} // namespace bursar::handlers::sessions
