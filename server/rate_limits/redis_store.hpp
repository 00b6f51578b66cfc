// The budgets that several processes share, in Redis: one script for all charges of a call, timed by Redis's own clock,
// so that all processes together pass exactly what one would. Connects, and connects again with jittered back-off; up()
// only while a trial run of the script has succeeded, which a Redis that loads, is read-only or is full does not grant.
// An answer that does not come within 50 ms, and an error, end the connection: from then on nobody waits until the next
// one has been tried. Belongs to the loop's thread.
#pragma once

#include "server/rate_limits/budget.hpp"
#include "server/rate_limits/redis_address.hpp"
#include "server/rate_limits/redis_link.hpp"

#include <optional>
#include <string>

namespace bursar::server::rate_limits {

using decisions = boost::container::static_vector<decision, charges::static_capacity>;

class redis_store {
public:
    // Called at each change, with the reason of a loss. Never a secret.
    using change_handler = std::function<void(bool up, std::string_view why)>;

    redis_store(asio::io_context& loop, redis_address where, change_handler changed);
    ~redis_store();
    redis_store(const redis_store&) = delete;
    redis_store& operator=(const redis_store&) = delete;

    void start();
    void stop() noexcept;
    bool up() const noexcept { return state_ == state::ready; }

    // In the order of the charges; nothing is charged when one refuses. nullopt: ask elsewhere.
    awaitable<std::optional<decisions>> take(charges all);

private:
    enum class state : std::uint8_t { stopped, waiting, connecting, ready };
    struct call;

    void connect();
    void greet(const asio::ip::tcp::endpoint& at);
    void greet_with(std::initializer_list<std::string_view> words, void (redis_store::*next)(const redisReply&));
    void loaded(const redisReply& reply);
    void tried(const redisReply& reply);
    void lose(std::string_view why);
    void notify(bool up, std::string_view why);
    bool send(const std::shared_ptr<call>& made, bool with_source);
    void answer(const std::shared_ptr<call>& made, const redisReply* reply);

    asio::io_context& loop_;
    const redis_address where_;
    const change_handler changed_;
    timer timer_;
    asio::ip::basic_resolver<asio::ip::tcp, executor> resolver_;
    std::shared_ptr<redis_link> link_;
    std::string script_; // its SHA-1, as Redis says it
    std::optional<bool> notified_;
    std::uint64_t epoch_ = 0; // of the connection; a handler checks that it is still the one it was made for
    unsigned failures_ = 0;   // since the last answer
    state state_ = state::stopped;
};

} // namespace bursar::server::rate_limits
