#include "db/driver/notifications.hpp"

namespace bursar::db {

using role = pipeline::role;
using namespace std::chrono_literals;

namespace {

constexpr auto heartbeat_period = 250ms; // unanswered for as long, nothing is believed to be heard
constexpr auto reply_patience = 10s;

std::string quoted(std::string_view identifier) {
    std::string out{"\""};
    for (const char c : identifier) {
        if (c == '"')
            out += '"';
        out += c;
    }
    return out + "\"";
}

} // namespace

struct notifications::heartbeat_due {
    std::shared_ptr<notifications> self;
    void operator()(boost::system::error_code e) const {
        if (!e && !self->closed_)
            self->send_heartbeat();
    }
};

notifications::notifications(lane::surroundings around, connection::settings how, pool_metrics& metrics)
    : metrics_(metrics)
    , at_(std::make_shared<connection>(around.loop, std::move(how), *this))
    , timer_(around.loop) {}

notifications::~notifications() {
    close();
}

void notifications::listen(
    std::string name, std::function<void(std::string_view)> notified, std::function<void(bool)> listening_changed) {
    channels_.push_back({std::move(name), std::move(notified), std::move(listening_changed)});
}

void notifications::open() {
    if (!wanted())
        return;
    at_->open();
    schedule_heartbeat();
}

void notifications::close() {
    if (std::exchange(closed_, true))
        return;
    operation_list none;
    at_->close(none, none);
    timer_.cancel();
}

void notifications::connected(connection& at) {
    metrics_.connections.Set(1);
    subscribing_ = true;
    for (const auto& c : channels_)
        at.send_text(("LISTEN " + quoted(c.name)).c_str(), role::housekeeping, nullptr);
    at.sync(nullptr);
    at.flush();
}

void notifications::replied(connection& at) {
    if (!at.idle())
        return;
    if (std::exchange(subscribing_, false) || !listening_)
        report(true);
}

void notifications::report(bool listening) {
    listening_ = listening;
    if (closed_)
        return;
    for (const auto& c : channels_)
        c.listening_changed(listening);
}

void notifications::notified(std::string_view name, std::string_view payload) {
    for (const auto& c : channels_)
        if (c.name == name)
            c.notified(payload);
}

void notifications::schedule_heartbeat() {
    timer_.expires_after(heartbeat_period);
    timer_.async_wait(heartbeat_due{shared_from_this()});
}

void notifications::send_heartbeat() {
    schedule_heartbeat();
    const auto now = server::steady_clock::now();
    at_->overdue(now); // nothing that it sends has a deadline: there is nothing to cancel
    if (!at_->ready())
        return;
    if (!at_->idle()) {
        if (now - heartbeat_sent_at_ >= reply_patience)
            return at_->drop("the heartbeat was not answered");
        if (listening_)
            report(false);
        return;
    }
    heartbeat_sent_at_ = now;
    at_->send_text("SELECT FROM pg_listening_channels()", role::housekeeping, nullptr);
    at_->sync(nullptr);
    at_->flush();
}

void notifications::lost(connection&, operation_list&, operation_list&) {
    metrics_.connections.Set(0);
    metrics_.reconnects.Increment();
    subscribing_ = false;
    if (listening_)
        report(false);
}

// Nothing that it sends has a caller.
void notifications::finished(operation&, server::steady_clock::time_point) {}
void notifications::send_again(operation&) {}
void notifications::connect_failed(connection&) {}

} // namespace bursar::db
