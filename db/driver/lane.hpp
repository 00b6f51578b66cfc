// A shared lane: a few connections that carry single statements of all callers at once. One lane for reads, whose
// statements of one loop turn share a sync, one for writes, each with a sync of its own, one for lists and one for
// reports, each of which has a connection to itself while it runs. Where statements wait, tenants take turns.
#pragma once

#include "db/driver/canceller.hpp"
#include "db/driver/connection.hpp"
#include "db/driver/metrics.hpp"
#include "db/driver/sweeper.hpp"
#include "db/driver/waiting_line.hpp"
#include "db/session.hpp"

#include <memory>

namespace bursar::db {

class lane final : public connection_owner, public std::enable_shared_from_this<lane> {
public:
    struct settings {
        sending rule;
        std::size_t connections;
        std::size_t depth;
        connection::settings connect;
        // Each statement has a connection to itself, and of several connections a tenant has at most half at once, so
        // that what it asks for holds up nobody but itself.
        bool one_each = false;
        bool patient = true; // callers wait while PostgreSQL is away, until their deadline
    };
    // Shared by all lanes and pools of a client, which outlives them.
    struct surroundings {
        server::asio::io_context& loop;
        sweeper& watch;
        canceller& cancel;
    };

    lane(surroundings around, settings how, pool_metrics& metrics);
    ~lane();

    void open();
    awaitable<result<rows>> execute(const statement& what, parameters values, deadline until);
    // True while deadlines are to be watched.
    bool sweep(server::steady_clock::time_point now);
    void refuse_new() noexcept { refusing_ = true; }
    // Callers wait no longer for a connection once PostgreSQL is known to be away.
    void end_patience();
    bool idle() const noexcept { return depth_ == 0; }
    bool reachable() const noexcept;
    // Ends everything: callers are resumed with errors, or destroyed when `resume` is false.
    void close(bool resume);

    void connected(connection& at) override;
    void finished(operation& op, server::steady_clock::time_point now) override;
    void send_again(operation& op) override;
    void replied(connection& at) override;
    void lost(connection& at, operation_list& done, operation_list& again) override;
    void connect_failed(connection& at) override;

private:
    struct call;
    struct turn;

    bool away() const noexcept;
    std::optional<error> refusal(deadline until, server::steady_clock::time_point now) const;
    std::size_t window() const noexcept;
    void give_up(operation& op);
    void schedule();
    void flush();
    bool fill(connection& c, std::size_t share, server::steady_clock::time_point now);
    operation* next();
    bool may_go(const operation& op) const noexcept;
    void note(const connection& c, const operation& op) noexcept;
    connection* least_loaded() noexcept;
    void settle(operation& op);
    void settle_all(operation_list& ops);
    void count(const operation& op, server::steady_clock::time_point now);

    surroundings around_;
    settings how_;
    pool_metrics& metrics_;
    std::vector<std::shared_ptr<connection>> connections_;
    std::vector<uuid> served_; // with one_each: whose statement went out last, by connection
    waiting_line waiting_;
    operation_list given_up_; // completed on the next turn
    std::size_t depth_ = 0;   // calls not yet completed
    bool scheduled_ = false;
    bool refusing_ = false;
    bool closed_ = false;
};

} // namespace bursar::db
