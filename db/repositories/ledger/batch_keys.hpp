// Which request the Idempotency-Key of a batch of transfers stands for. Claimed before the first of its members is
// written, so that of two lists under one key one moves money, whatever comes of its members and however far it got.
// Holds the statements: outlives every call.
#pragma once

#include "db/session.hpp"

#include <vector>

namespace bursar::db::repositories {

// What the key stands for.
struct batch_key {
    uuid request_hash;
    bool answered = false; // each of its members has an answer
};

class batch_key_repository {
public:
    batch_key_repository();

    // The key is of this request from now on, unless it is of another one already. `first_member` is the key of its
    // first member: what was done before batches had keys of their own is found by that. Not durable by itself, but
    // never later than anything that is written after it. Fails as a session does; never with outcome_unknown, since
    // nothing has moved.
    awaitable<result<batch_key>>
    claim(session& on, uuid org, uuid key, uuid request_hash, uuid first_member, deadline until) const;

    awaitable<result<>> set_answered(session& on, uuid org, uuid key, deadline until) const;

    std::vector<const statement*> statements() const;

private:
    const statement claim_;
    const statement set_answered_;
};

} // namespace bursar::db::repositories
