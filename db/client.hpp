// The PostgreSQL client: shared lanes for single statements, exclusive leases for transactions, a few connections for
// lists and for reports, one connection that listens. Runs on one loop; every call is made on its thread.
#pragma once

#include "db/session.hpp"
#include "server/asio.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace prometheus {
class Registry;
}

namespace bursar::db {

struct client_options {
    std::string url;                    // libpq connection string or URI; several hosts allowed
    std::size_t read_connections = 2;   // carry every short read at once
    std::size_t write_connections = 4;  // single writing statements
    std::size_t lease_connections = 16; // transactions
    std::size_t batch_connections = 2;  // the ledger's batches
    std::size_t list_connections = 2;   // reads of many rows, one a connection
    std::size_t report_connections = 2; // long reads, one a connection
    std::size_t lane_depth = 4096;      // statements waiting or in flight in a lane; beyond: overloaded
    std::size_t lease_queue = 1024;     // callers waiting for a lease; beyond: overloaded
    std::size_t report_queue = 256;     // reports waiting or at work; beyond: overloaded
    std::chrono::milliseconds connect_timeout{5000};
    std::chrono::milliseconds statement_timeout{10000}; // the server's own limit, set at connect
    std::chrono::milliseconds read_timeout{2000};       // the same for what shares its connection with all others
    std::chrono::milliseconds report_timeout{60000};    // the same for reports
    std::string report_url;                             // a replica that reports are read from; empty: url
    bool patient = true; // a statement waits for a connection until its deadline, while the database is away
    std::string application_name = "bursar";
    std::string search_path; // empty: the server's default. Tests give each case its schema.
};

// A statement with its parameters.
struct call {
    const statement* what;
    parameters values;
};

// An exclusive lease of one connection with an open transaction. Movable. Destroyed without commit: rolled back.
class transaction final : public session {
public:
    class implementation;
    explicit transaction(std::unique_ptr<implementation> impl) noexcept;
    transaction(transaction&&) noexcept;
    transaction& operator=(transaction&&) noexcept;
    ~transaction() override;

    // The first statement travels with BEGIN. After a failed statement only rollback() and destruction make sense,
    // unless a savepoint is rolled back to.
    awaitable<result<rows>> execute(const statement& what, parameters values, deadline until) override;

    // The statement and COMMIT in one round trip, for a last write whose rows decide nothing. The rows are returned
    // only after the commit is durable.
    awaitable<result<rows>> execute_and_commit(const statement& what, parameters values, deadline until);

    // Several statements in one round trip; the rows of each, in their order. The first failure is the outcome of all.
    awaitable<result<std::vector<rows>>> execute_all(std::vector<call> calls, deadline until);
    awaitable<result<std::vector<rows>>> execute_all_and_commit(std::vector<call> calls, deadline until);

    // A statement that is queued now and leaves with the next execute or commit: no round trip of its own. Its failure
    // surfaces there. For SAVEPOINT, ROLLBACK TO and writes that return nothing of interest.
    void enqueue(const statement& what, parameters values);

    // From here on the transaction changes rows of this organization alone, where row-level security sees to it. Leaves
    // with the next statement.
    void confine(uuid org);

    awaitable<result<>> commit(deadline until);
    // Commits so that what was read is known to be as durable as what is written: for an answer from a row of an
    // earlier request, whose commit may not have waited for its synchronous standby. Fails with outcome_unknown alone.
    awaitable<result<>> confirm(deadline until);
    awaitable<result<>> rollback(deadline until);

private:
    std::unique_ptr<implementation> implementation_;
};

class client final : public session {
public:
    client(server::asio::io_context& loop, client_options options, prometheus::Registry& metrics);
    ~client() override;
    client(const client&) = delete;
    client& operator=(const client&) = delete;

    // Connects in the background and goes on trying; returns at once. Statements wait for a connection until their
    // deadline, or fail fast with dependency_unavailable once the database is known to be away.
    void start();

    // From here on nothing waits for a connection to a database that is away: for a process that is about to end.
    void end_patience();

    // Refuses new work, lets what is in flight finish until the deadline, closes every connection.
    awaitable<> stop(deadline until);

    // A statement in auto-commit on a shared lane.
    awaitable<result<rows>> execute(const statement& what, parameters values, deadline until) override;

    // Leases a connection. BEGIN is not sent before the first statement.
    awaitable<result<transaction>> begin(deadline until);

    // The same from the connections kept for the ledger's batches, which nothing else can hold up.
    awaitable<result<transaction>> begin_batch(deadline until);
    // For reads of many rows, or that may look at many: connections of their own, one statement at a time on each, of
    // one organization on at most half of them. What is executed on the client itself shares its connection with all
    // others and is ended after read_timeout. Reads only.
    session& lists() noexcept;

    // For reads that take long or return much: connections of their own, perhaps of a replica, one statement at a time
    // on each, so that a report holds up nothing but other reports. Reads only. A replica may lag behind.
    session& reports() noexcept;

    // When a report that begins now gives up: report_timeout from now.
    deadline report_deadline() const noexcept;

    // Calls back on the loop for each NOTIFY on the channel. `listening_changed(true)` after every (re)connection,
    // because notifications may have been missed before it; `listening_changed(false)` when the connection is lost or
    // has not answered for half a second: what is sent then may never arrive. Before start() only.
    void listen(
        std::string channel, std::function<void(std::string_view payload)> notified,
        std::function<void(bool)> listening_changed);

    // How many it keeps open to the primary.
    std::size_t connections() const noexcept;

    // True while at least one connection of each lane answers; reports may be away.
    bool reachable() const noexcept;

    // Of the primary; grows with each promotion. What is remembered from a lower one may have been lost with it.
    std::int64_t timeline() const noexcept;
    // Why the server that answers is not spoken to (cluster.hpp); empty when it is.
    const char* refused_for() const noexcept;
    // Why connections to it fail, as a class of reasons that gives nothing away; empty when none does.
    const std::string& trouble() const noexcept;

private:
    class implementation;
    std::unique_ptr<implementation> implementation_;
};

} // namespace bursar::db
