// LISTEN on a connection of its own. Says when it listens: after every (re)connection, because notifications sent
// before it are gone, and no more when the connection is lost or does not answer. A heartbeat finds one that is dead
// without having been closed.
#pragma once

#include "db/driver/lane.hpp"

#include <functional>

namespace bursar::db {

class notifications final : public connection_owner, public std::enable_shared_from_this<notifications> {
public:
    notifications(lane::surroundings around, connection::settings how, pool_metrics& metrics);
    ~notifications();

    void listen(
        std::string channel, std::function<void(std::string_view)> notified,
        std::function<void(bool)> listening_changed);
    bool wanted() const noexcept { return !channels_.empty(); }
    void open();
    void close();

    void connected(connection& at) override;
    void finished(operation& op, server::steady_clock::time_point now) override;
    void send_again(operation& op) override;
    void replied(connection& at) override;
    void lost(connection& at, operation_list& done, operation_list& again) override;
    void connect_failed(connection& at) override;
    void notified(std::string_view channel, std::string_view payload) override;

private:
    struct channel {
        std::string name;
        std::function<void(std::string_view)> notified;
        std::function<void(bool)> listening_changed;
    };
    struct heartbeat_due;

    void schedule_heartbeat();
    void send_heartbeat();
    void report(bool listening);

    pool_metrics& metrics_;
    std::shared_ptr<connection> at_;
    server::timer timer_;
    std::vector<channel> channels_;
    bool subscribing_ = false;
    bool listening_ = false;
    server::steady_clock::time_point heartbeat_sent_at_{};
    bool closed_ = false;
};

} // namespace bursar::db
