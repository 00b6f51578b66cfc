// One connection to PostgreSQL in pipeline mode: connects without blocking (name resolution apart: libpq resolves in
// the calling thread, so the URL of a loop should hold addresses or names that resolve locally), asks the server who it
// is and goes elsewhere when it is not of the cluster, sends what its owner pushes, reads replies, reconnects with
// jittered back-off until closed. What it decides on the way stands in connection_state.
//
// A COMMIT, or a write in auto-commit, is never cancelled: one that waits for a synchronous standby would stop waiting
// and be lost with the primary. The connection is dropped instead. Runs on the loop's thread. Held by
// shared_ptr: its handlers keep it alive until they have run.
#pragma once

#include "db/connect_options.hpp"
#include "db/driver/connection_state.hpp"
#include "db/driver/statement_cache.hpp"
#include "server/asio.hpp"

#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include <memory>

struct pg_conn;
struct pg_cancel;
struct pg_result;

namespace bursar::db {

class connection;

// Lanes and pools. Outlives its connections or closes them first.
class connection_owner {
public:
    virtual void connected(connection& at) = 0;
    // The outcome is set. Called inline from the read handler.
    virtual void finished(operation& op, server::steady_clock::time_point now) = 0;
    virtual void send_again(operation& op) = 0;
    // After all the replies of one wake-up.
    virtual void replied(connection& at) = 0;
    // The connection was ready and is no longer.
    virtual void lost(connection& at, operation_list& finished, operation_list& again) = 0;
    virtual void connect_failed(connection& at) = 0;
    virtual void notified(std::string_view channel, std::string_view payload);

protected:
    ~connection_owner() = default;
};

class connection : public std::enable_shared_from_this<connection> {
public:
    struct settings {
        connect_options options;
        std::chrono::milliseconds connect_timeout;
        cluster& agreed;
        bool leads = true; // what the server shows teaches the others
    };

    connection(server::asio::io_context& loop, settings how, connection_owner& owner);
    ~connection();
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;

    // Begins to connect, on the loop's next turn.
    void open();
    // No more calls to the owner. What is in flight comes back through the two lists.
    void close(operation_list& finished, operation_list& again);

    bool ready() const noexcept { return state_.usable(); }
    // The last attempt to connect failed, or the one after a loss is overdue.
    bool away() const noexcept { return state_.away(); }
    // Grows with every connection made: a lease sees that its connection is another one.
    std::uint64_t epoch() const noexcept { return state_.epoch(); }
    std::size_t load() const noexcept { return pipeline_.statements(); }
    bool idle() const noexcept { return pipeline_.empty(); }
    // No transaction is open. Only when idle().
    bool clean() const noexcept;
    const std::string& last_error() const noexcept { return state_.last_error(); }

    // False: nothing of it was sent, the connection is being dropped.
    bool send(operation& op, const statement& what, const parameters& values, pipeline::role kind);
    bool send_text(const char* sql, pipeline::role kind, operation* op);
    // `op` is set for writes and transactions, whose answer the sync is.
    void sync(operation* op);
    void flush();

    void abandon(operation& op) { pipeline_.abandon(op); }
    void take_back(operation& op) noexcept { pipeline_.take_back(op); }
    void expire(server::steady_clock::time_point now, operation_list& finished) { pipeline_.expire(now, finished); }

    // Drops the connection when it is of no more use: broken, of a server that was replaced, or past the deadline of
    // what is at its head. A read on a shared lane is cancelled first. Returns a request for the canceller thread, or
    // null.
    pg_cancel* overdue(server::steady_clock::time_point now);
    // Drops a connection on which a transaction runs that nobody waits for; its locks go at once if the returned
    // request reaches the server. The request can reach nothing that is sent later: that goes by another connection.
    pg_cancel* give_up(std::string_view why);
    void drop(std::string_view why);

private:
    using phase = connection_state::phase;
    struct readable;
    struct writable;
    struct polled;
    struct timed;

    void begin();
    void poll();
    void watch(int direction);
    void identify();
    void wait_for_identity();
    void read_identity();
    void admit();
    void established();
    void attempt_failed(connect_failure why);
    void set_timer(server::steady_clock::time_point due);
    void release() noexcept;
    void renew_descriptor();
    void on_readable();
    bool handle_replies();
    bool handle(pg_result* raw, server::steady_clock::time_point now);
    void act(pipeline::verdict v, server::steady_clock::time_point now);
    void deliver_notifications();
    static void noticed(void* self, const pg_result* notice) noexcept;
    void wait_readable();
    void wait_writable();
    statement_cache::entry* prepared(operation& op, const statement& what);

    server::asio::posix::basic_stream_descriptor<server::executor> descriptor_; // a duplicate of libpq's socket
    server::timer timer_;
    settings how_;
    connection_owner* owner_;
    pg_conn* conn_ = nullptr;
    pipeline pipeline_;
    statement_cache cache_{256};
    parameters::wire wire_;
    connection_state state_;   // every handler asks it whether it is still of the epoch that it was made for
    std::string identify_sql_; // and sets the session up
    bool writing_ = false;
};

} // namespace bursar::db
