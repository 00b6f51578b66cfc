// One call of a caller: a statement on a shared lane, or one round trip of a transaction. Lives in the caller's
// coroutine frame from the call to its completion; lanes and pipelines only link it.
#pragma once

#include "db/parameters.hpp"
#include "db/rows.hpp"
#include "db/statement.hpp"
#include "server/asio.hpp"
#include "server/error.hpp"

#include <boost/intrusive/list.hpp>

#include <vector>

namespace bursar::db {

enum class sending : std::uint8_t {
    read,       // answered by its own reply; sent again when a neighbour failed or the connection was lost
    write,      // answered by the sync behind it, because the commit comes with the sync; never sent twice
    transaction // several statements under one sync, in an open transaction
};

struct operation : boost::intrusive::list_base_hook<> {
    explicit operation(sending r, server::deadline d) noexcept
        : rule(r)
        , until(d) {}
    operation(const operation&) = delete;
    operation& operator=(const operation&) = delete;

    // Resumes the caller, or destroys it when `resume` is false (the client itself goes away).
    void (*settle)(operation&, bool resume) = nullptr;

    const statement* what = nullptr;
    const parameters* values = nullptr;
    sending rule;
    bool commits = false;     // a COMMIT is among what it sends
    bool committed = false;   // and PostgreSQL confirmed it
    bool in_doubt = false;    // it warned that what it commits may not have reached its synchronous standby
    bool failed = false;      // outcome holds an error
    bool alone = false;       // a neighbour failed too often: next time under a sync of its own
    bool lost_before = false; // its connection was lost while it was sent
    bool goes_first = false;  // waits in front of its lane
    std::uint8_t resends = 0;
    server::deadline until;
    server::steady_clock::time_point queued_at{};
    server::steady_clock::time_point sent_at{};
    // Slots of its pipeline while it is sent: [first_slot, last_slot].
    std::uint64_t first_slot = 0;
    std::uint64_t last_slot = 0;
    enum class stage : std::uint8_t { waiting, sent, done } at = stage::waiting;
    server::result<rows> outcome{rows{}};
    std::vector<rows>* each = nullptr; // of a transaction with several statements: takes the rows of each

    void fail(server::error e) {
        failed = true;
        outcome = std::move(e);
    }
};

using operation_list = boost::intrusive::list<operation>;

} // namespace bursar::db
