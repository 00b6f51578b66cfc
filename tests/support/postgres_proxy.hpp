// Stands between bursar and its PostgreSQL, on a free port of 127.0.0.1, and cuts connections: all of them, or the one
// on which COMMIT comes by, before PostgreSQL hears of it or before its answer arrives. Or it swallows what is sent, as
// a network does that fails without a word. Runs on a thread of its own.
#pragma once

#include "tests/support/postgres.hpp"

#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace bursar::tests {

class postgres_proxy {
public:
    explicit postgres_proxy(const postgres_server& behind);
    ~postgres_proxy();
    postgres_proxy(const postgres_proxy&) = delete;
    postgres_proxy& operator=(const postgres_proxy&) = delete;

    // To be given to bursar.
    std::string url(const std::string& role = "bursar") const;

    // Every connection, by a reset.
    void cut();

    enum class silence : std::uint8_t { none, of_requests, of_answers, of_both };
    // From now on bytes that way are lost, on old connections and new ones. A connection that lost some is never heard
    // of again, though it stays.
    void fall_silent(silence what) { silence_ = what; }

    enum class at_commit : std::uint8_t {
        pass,
        lose_request, // cut, and PostgreSQL never hears of it
        lose_answer,  // cut when PostgreSQL has committed
        hold_answer   // PostgreSQL has committed, and the answer does not come
    };
    // What befalls the next COMMIT; those after it pass. With a mark, the next one of a connection that has sent that
    // text since its last COMMIT: what runs in the background commits too.
    void next_commit(at_commit what, std::string mark = {});
    // Until it has; throws after half a minute.
    void wait_until_befallen() const;

private:
    struct link;

    server::awaitable<> accept();
    server::awaitable<> upstream(std::shared_ptr<link> of);
    server::awaitable<> downstream(std::shared_ptr<link> of);
    bool swallows_requests() const { return silence_ == silence::of_requests || silence_ == silence::of_both; }
    bool swallows_answers() const { return silence_ == silence::of_answers || silence_ == silence::of_both; }
    bool is_marked(link& of, std::string_view piece);
    bool befalls_request(link& of, std::string_view piece);
    bool befalls_answer(link& of, std::string_view piece);

    server::asio::io_context loop_;
    boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, server::executor> door_;
    const boost::asio::ip::tcp::endpoint behind_;
    std::list<std::weak_ptr<link>> links_;
    std::atomic<at_commit> armed_{at_commit::pass};
    std::mutex mutex_;
    std::string mark_; // under the mutex
    std::atomic<bool> befallen_{false};
    std::atomic<silence> silence_{silence::none};
    std::thread thread_;
};

} // namespace bursar::tests
