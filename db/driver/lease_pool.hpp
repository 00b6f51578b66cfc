// Connections lent to one transaction at a time. Callers wait first come, first served, up to a cap and their
// deadline. A connection comes back dirty at worst: it is rolled back and lent again once clean, or dropped.
#pragma once

#include "db/driver/lane.hpp"

namespace bursar::db {

// A caller waiting for a connection. Lives in its coroutine frame.
struct lease_request : boost::intrusive::list_base_hook<> {
    void (*settle)(lease_request&, bool resume) = nullptr;
    deadline until{};
    server::steady_clock::time_point queued_at{};
    bool waiting = true;
    result<std::shared_ptr<connection>> outcome{std::shared_ptr<connection>{}};
};

class lease_pool final : public connection_owner, public std::enable_shared_from_this<lease_pool> {
public:
    struct settings {
        std::size_t connections;
        std::size_t queue;
        connection::settings connect;
        bool patient = true; // callers wait while PostgreSQL is away, until their deadline
    };

    lease_pool(lane::surroundings around, settings how, pool_metrics& metrics);
    ~lease_pool();

    void open();
    // A connection that is ready and clean.
    awaitable<result<std::shared_ptr<connection>>> acquire(deadline until);
    // `dirty`: a transaction may be open on it. `cancel`: what it still executes is of no use to anybody.
    void release(const std::shared_ptr<connection>& c, bool dirty, bool cancel);

    // The caller of an operation on a leased connection was cancelled; it is resumed on the next turn.
    void give_up(connection& c, operation& op);
    void watch() { around_->watch.wake(); }

    bool sweep(server::steady_clock::time_point now);
    void refuse_new() noexcept { refusing_ = true; }
    void end_patience();
    bool idle() const noexcept;
    bool reachable() const noexcept;
    void close(bool resume);

    void connected(connection& at) override;
    void finished(operation& op, server::steady_clock::time_point now) override;
    void send_again(operation& op) override;
    void replied(connection& at) override;
    void lost(connection& at, operation_list& done, operation_list& again) override;
    void connect_failed(connection& at) override;

private:
    struct request;
    struct turn;
    enum class use : std::uint8_t { free, leased, returning };
    struct place {
        std::shared_ptr<connection> at;
        use now = use::free;
        deadline return_by{}; // of a returning one
    };

    bool away() const noexcept;
    std::optional<error> refusal(deadline until, server::steady_clock::time_point now) const;
    place* find(const connection& c) noexcept;
    place* available() noexcept;
    void grow();
    void serve();
    void schedule();
    void run_turn();
    void give_up(lease_request& r);
    void settle(operation& op, server::steady_clock::time_point now);
    void settle_all(operation_list& ops);

    std::optional<lane::surroundings> around_; // empty after close: transactions may outlive the client
    settings how_;
    pool_metrics& metrics_;
    std::vector<place> places_;
    boost::intrusive::list<lease_request> waiting_;
    boost::intrusive::list<lease_request> served_; // resumed on the next turn
    operation_list given_up_;
    bool scheduled_ = false;
    bool refusing_ = false;
};

} // namespace bursar::db
