// What one connection decides, without sockets, timers or libpq: when it tries again, how long an attempt may take,
// whether the server at the other end is one to stay with, what follows when an answer does not come, and which of the
// loop's handlers still concern it. The clock and chance are arguments. A call that returns a time wants a timer set
// for it, with the epoch() that it leaves.
//
// Cannot fail. Belongs to the loop's thread; the cluster outlives it.
#pragma once

#include "db/driver/cluster.hpp"
#include "db/driver/connect_failure.hpp"
#include "db/driver/pipeline.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace bursar::db {

class connection_state {
public:
    using time_point = server::steady_clock::time_point;

    enum class phase : std::uint8_t { closed, waiting, connecting, identifying, ready };

    // Why an attempt ends at a server that can be reached.
    struct refusal {
        connect_failure why;
        bool next_host = false; // this one stays what it is
    };

    enum class remedy : std::uint8_t { none, cancel, drop, give_up };
    struct measure {
        remedy what = remedy::none;
        std::string why = {};
    };

    // `leads`: what the server shows teaches the others.
    connection_state(cluster& agreed, bool leads, std::chrono::milliseconds connect_timeout) noexcept
        : agreed_(agreed)
        , leads_(leads)
        , connect_timeout_(connect_timeout) {}
    ~connection_state() { leave_server(); }
    connection_state(const connection_state&) = delete;
    connection_state& operator=(const connection_state&) = delete;

    phase now_in() const noexcept { return phase_; }
    // For a handler made at that epoch: closed when the epoch is over.
    phase seen_from(std::uint64_t epoch) const noexcept { return epoch == epoch_ ? phase_ : phase::closed; }
    // Grows with every wait for an attempt and with every connection made. An attempt has the epoch of its wait.
    std::uint64_t epoch() const noexcept { return epoch_; }
    // The last attempt failed.
    bool away() const noexcept { return failed_attempts_ > 0; }
    const std::string& last_error() const noexcept { return last_error_; }

    // From closed to waiting: when to begin.
    time_point open(time_point now) noexcept;
    // To connecting: when to give the attempt up.
    time_point attempt(time_point now) noexcept;
    void identify() noexcept { phase_ = phase::identifying; }
    // The row that the server answered with: `session` tells its sessions apart, `setting` is what objection_column()
    // says. A failure: it is no server to write to.
    std::optional<connect_failure>
    read(const server_identity& shown, std::string session, const std::optional<std::string>& setting);
    // The end of that answer. Without a refusal the session is this connection's alone, until it is lost.
    std::optional<refusal> admit(const std::string& host, const std::string& port);
    // To ready.
    void establish();
    // Back to waiting: when to try again. Half to all of a pause that doubles from 50 ms to 2 s, by chance.
    time_point fail(const connect_failure& why, time_point now, std::uint64_t chance);
    // From ready to waiting: at once.
    time_point lose(std::string_view why, time_point now);
    void close();

    // Statements may be sent.
    bool usable() const noexcept {
        return phase_ == phase::ready && !broken_ && !read_only_ && agreed_.accepts(identity_);
    }
    // Why there is nothing more to be said to this server, or null.
    const char* objection() const noexcept { return agreed_.objection(identity_); }

    // Nothing that is sent from here on would be answered.
    void broken() noexcept { broken_ = true; }
    void broken(std::string_view why) {
        broken_ = true;
        last_error_ = why;
    }
    bool is_broken() const noexcept { return broken_; }
    // Of a connection that ends: what broke it, if anything was seen to.
    std::string cause(std::string_view otherwise) const { return broken_ ? last_error_ : std::string{otherwise}; }
    // A primary that became a standby accepts no write again.
    void became_read_only() noexcept { read_only_ = true; }
    // All is answered, and this server is of no more use.
    bool served_out(const pipeline& sent) const noexcept { return read_only_ && sent.empty(); }

    // Whether the server is to be waited for any longer. A read on a shared lane is cancelled first, once; with a
    // commit or a write the connection is given up.
    measure overdue(const pipeline& sent, time_point now);

private:
    void wait() noexcept;
    void leave_server();

    cluster& agreed_;
    const bool leads_;
    const std::chrono::milliseconds connect_timeout_;
    server_identity identity_;
    std::string session_; // occupied in `agreed_` once it is admitted; empty: none
    std::string last_error_;
    std::uint64_t epoch_ = 0;
    std::uint64_t cancelled_head_ = 0; // its position and one; 0: none
    time_point cancelled_at_{};
    unsigned failed_attempts_ = 0; // in a row
    phase phase_ = phase::closed;
    bool broken_ = false;
    bool read_only_ = false;
};

} // namespace bursar::db
