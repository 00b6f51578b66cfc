// A private PostgreSQL for tests: its own data folder, unix socket and free port on 127.0.0.1, gone with the process
// however that ends. Failures throw std::runtime_error with the server's log.
#pragma once

#include "server/asio.hpp"

#include <boost/asio/co_spawn.hpp>

#include <sys/types.h>

#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace bursar::tests {

class postgres_server {
public:
    enum class stopping { fast, immediate };
    struct settings {
        bool durable = false;                   // fsync and synchronous_commit as in production
        std::vector<std::string> lines{};       // "name=value", for the server's command line
        std::vector<std::string> environment{}; // "NAME=value", beside the test's own
        // A copy of that one, which must be running, that streams from it under the name `standby`.
        const postgres_server* standby_of = nullptr;
        bool other_cluster = false; // with a system identifier of its own; the others share one
        int port = 0;               // 0: a free one
    };

    postgres_server()
        : postgres_server(settings{}) {}
    explicit postgres_server(settings how);
    ~postgres_server();
    postgres_server(const postgres_server&) = delete;
    postgres_server& operator=(const postgres_server&) = delete;

    // The process's own, started on first use, for suites that leave it running.
    static postgres_server& shared();

    void start();
    void stop(stopping how = stopping::fast);
    void restart(stopping how = stopping::fast) {
        stop(how);
        start();
    }
    // kill -9 of the postmaster. start() recovers.
    void kill();
    bool running() const noexcept { return pid_ > 0; }

    int port() const noexcept { return port_; }
    std::string url() const;     // by the unix socket
    std::string tcp_url() const; // by 127.0.0.1

    // A new empty schema: the value for search_path.
    std::string fresh_schema();

    // On a connection of its own, blocking. The first column of the first row, as text; empty without rows.
    std::string query(const std::string& sql) const;

    // How often the server's log says so.
    std::size_t times_logged(std::string_view text) const;
    // Its last 4,000 characters, or 4,000 from where it last says so.
    std::string log(std::string_view from = {}) const;

    // Until the query's answer is `expected`; throws after the time-out.
    void wait_until(const std::string& sql, const std::string& expected) const;

private:
    void make_folder() const;
    bool launch();
    void reap();
    std::string whole_log() const;

    settings how_;
    std::string folder_;
    int port_ = 0;
    pid_t pid_ = -1;
    int schemas_ = 0;
};

template <class T>
server::awaitable<> keep(std::optional<T>* out, server::awaitable<T> work) {
    out->emplace(co_await std::move(work));
}

struct run_state {
    bool done = false;
    std::exception_ptr failure;
};

// Runs the loop until the coroutine has ended; throws what it threw, or when it takes longer than `within`.
inline void
run(server::asio::io_context& loop, server::awaitable<> work, std::chrono::seconds within = std::chrono::seconds{60}) {
    const auto state = std::make_shared<run_state>();
    server::asio::co_spawn(loop, std::move(work), [state](std::exception_ptr failure) {
        state->done = true;
        state->failure = failure;
    });
    loop.restart();
    const auto until = server::steady_clock::now() + within;
    while (!state->done && loop.run_one_until(until) > 0) {
    }
    if (!state->done)
        throw std::runtime_error("the coroutine under test did not end in time");
    if (state->failure)
        std::rethrow_exception(state->failure);
}

// All of them at once.
inline void run_all(
    server::asio::io_context& loop, std::vector<server::awaitable<>> work,
    std::chrono::seconds within = std::chrono::seconds{60}) {
    const auto state = std::make_shared<run_state>();
    const auto left = std::make_shared<std::size_t>(work.size());
    for (auto& one : work)
        server::asio::co_spawn(loop, std::move(one), [state, left](std::exception_ptr failure) {
            --*left;
            if (failure)
                state->failure = failure;
        });
    loop.restart();
    const auto until = server::steady_clock::now() + within;
    while (*left > 0 && loop.run_one_until(until) > 0) {
    }
    if (*left > 0)
        throw std::runtime_error("the coroutines under test did not end in time");
    if (state->failure)
        std::rethrow_exception(state->failure);
}

template <class T>
requires(!std::is_void_v<T>) T
    run(server::asio::io_context& loop, server::awaitable<T> work,
        std::chrono::seconds within = std::chrono::seconds{60}) {
    std::optional<T> out;
    run(loop, keep(&out, std::move(work)), within);
    return std::move(*out);
}

} // namespace bursar::tests
