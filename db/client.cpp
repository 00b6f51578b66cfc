#include "db/client.hpp"

#include "db/driver/notifications.hpp"
#include "db/transaction.hpp"

namespace bursar::db {

using server::steady_clock;

namespace {

using session_settings = std::vector<std::pair<std::string, std::string>>;

connection::settings connect_with(
    const client_options& o, cluster& agreed, std::chrono::milliseconds statement_timeout, session_settings more) {
    return {
        connect_options{{o.url, o.application_name, o.search_path, statement_timeout, std::move(more)}},
        o.connect_timeout, agreed};
}

connection::settings connect_how(const client_options& o, cluster& agreed) {
    return connect_with(o, agreed, o.statement_timeout, {});
}

// Each statement has one right plan, whatever is looked for (tests: statement_plans): it is made once a connection.
const std::pair<std::string, std::string> planned_once{"plan_cache_mode", "force_generic_plan"};

connection::settings connect_for_lists(const client_options& o, cluster& agreed) {
    return connect_with(o, agreed, o.statement_timeout, {planned_once});
}

connection::settings connect_for_reads(const client_options& o, cluster& agreed) {
    return connect_with(o, agreed, std::min(o.read_timeout, o.statement_timeout), {planned_once});
}

// A batch's arrays differ in length each time: planned anew they would now and then be worth reading a whole table for.
// And whoever vanishes in the middle of one is not to hold its accounts for long.
connection::settings connect_for_batches(const client_options& o, cluster& agreed) {
    return connect_with(o, agreed, o.statement_timeout, {planned_once, {"idle_in_transaction_session_timeout", "5s"}});
}

// What a replica shows decides nothing for the others, nor does one that somebody promoted for a use of his own.
connection::settings connect_for_reports(const client_options& o, cluster& agreed) {
    connect_settings how{o.url, o.application_name, o.search_path, o.report_timeout, report_planning};
    if (!o.report_url.empty()) {
        how.url = o.report_url;
        how.session_attrs = "prefer-standby";
    }
    return {connect_options{how}, o.connect_timeout, agreed, false};
}

// Of a lane for reads alone.
class reading_session final : public session {
public:
    explicit reading_session(lane& on)
        : on_(on) {}

    awaitable<result<rows>> execute(const statement& what, parameters values, deadline until) override {
        if (what.kind() != access::read)
            return refuse(what.name());
        return on_.execute(what, std::move(values), until);
    }

private:
    static awaitable<result<rows>> refuse(std::string name) {
        co_return error{errc::internal, "a list or a report does not write: " + name};
    }

    lane& on_;
};

} // namespace

class client::implementation {
public:
    implementation(server::asio::io_context& loop, const client_options& o, prometheus::Registry& registry)
        : read_metrics(registry, "read", o.read_connections)
        , write_metrics(registry, "write", o.write_connections)
        , lease_metrics(registry, "lease", o.lease_connections)
        , batch_metrics(registry, "batch", o.batch_connections)
        , list_metrics(registry, "list", o.list_connections)
        , report_metrics(registry, "report", o.report_connections)
        , listen_metrics(registry, "listen", 1)
        , agreed(registry, [this] { watch->wake(); })
        , watch(std::make_shared<sweeper>(loop, [this](steady_clock::time_point now) { return sweep(now); }))
        , around{loop, *watch, cancel}
        , reads(std::make_shared<lane>(
              around,
              lane::settings{
                  sending::read, o.read_connections, o.lane_depth, connect_for_reads(o, agreed), false, o.patient},
              read_metrics))
        , writes(std::make_shared<lane>(
              around,
              lane::settings{
                  sending::write, o.write_connections, o.lane_depth, connect_how(o, agreed), false, o.patient},
              write_metrics))
        , leases(std::make_shared<lease_pool>(
              around, lease_pool::settings{o.lease_connections, o.lease_queue, connect_how(o, agreed), o.patient},
              lease_metrics))
        , batches(std::make_shared<lease_pool>(
              around,
              lease_pool::settings{o.batch_connections, o.lease_queue, connect_for_batches(o, agreed), o.patient},
              batch_metrics))
        , lists(std::make_shared<lane>(
              around,
              lane::settings{
                  sending::read, o.list_connections, o.lane_depth, connect_for_lists(o, agreed), true, o.patient},
              list_metrics))
        , list_access(*lists)
        , reports(std::make_shared<lane>(
              around,
              lane::settings{
                  sending::read, o.report_connections, o.report_queue, connect_for_reports(o, agreed), true, o.patient},
              report_metrics))
        , report_access(*reports)
        , report_timeout(o.report_timeout)
        , connections(
              o.read_connections + o.write_connections + o.lease_connections + o.batch_connections +
              o.list_connections + (o.report_url.empty() ? o.report_connections : 0) + 1)
        , listener(std::make_shared<notifications>(around, connect_how(o, agreed), listen_metrics))
        , drained(loop) {}

    ~implementation() {
        close(false);
        watch->stop();
    }

    void close(bool resume) {
        listener->close();
        reads->close(resume);
        writes->close(resume);
        leases->close(resume);
        batches->close(resume);
        lists->close(resume);
        reports->close(resume);
    }

    bool idle() const noexcept {
        return reads->idle() && writes->idle() && leases->idle() && batches->idle() && lists->idle() && reports->idle();
    }

    bool sweep(steady_clock::time_point now) {
        const bool more_reads = reads->sweep(now);
        const bool more_writes = writes->sweep(now);
        const bool more_leases = leases->sweep(now);
        const bool more_batches = batches->sweep(now);
        const bool more_lists = lists->sweep(now);
        const bool more_reports = reports->sweep(now);
        if (stopping && idle())
            drained.cancel();
        return more_reads || more_writes || more_leases || more_batches || more_lists || more_reports ||
               (stopping && !closed);
    }

    pool_metrics read_metrics;
    pool_metrics write_metrics;
    pool_metrics lease_metrics;
    pool_metrics batch_metrics;
    pool_metrics list_metrics;
    pool_metrics report_metrics;
    pool_metrics listen_metrics;
    cluster agreed;
    canceller cancel;
    std::shared_ptr<sweeper> watch;
    lane::surroundings around;
    std::shared_ptr<lane> reads;
    std::shared_ptr<lane> writes;
    std::shared_ptr<lease_pool> leases;
    std::shared_ptr<lease_pool> batches;
    std::shared_ptr<lane> lists;
    reading_session list_access;
    std::shared_ptr<lane> reports;
    reading_session report_access;
    std::chrono::milliseconds report_timeout;
    std::size_t connections; // to the primary, the listener's among them
    std::shared_ptr<notifications> listener;
    server::timer drained;
    bool stopping = false;
    bool closed = false;
};

client::client(server::asio::io_context& loop, client_options options, prometheus::Registry& metrics)
    : implementation_(std::make_unique<implementation>(loop, options, metrics)) {}

client::~client() = default;

void client::start() {
    implementation_->reads->open();
    implementation_->writes->open();
    implementation_->leases->open();
    implementation_->batches->open();
    implementation_->lists->open();
    implementation_->reports->open();
    implementation_->listener->open();
}

void client::end_patience() {
    auto& self = *implementation_;
    for (const auto& each : {self.reads, self.writes, self.lists, self.reports})
        each->end_patience();
    for (const auto& each : {self.leases, self.batches})
        each->end_patience();
}

awaitable<> client::stop(deadline until) {
    auto& self = *implementation_;
    if (std::exchange(self.stopping, true))
        co_return;
    self.reads->refuse_new();
    self.writes->refuse_new();
    self.leases->refuse_new();
    self.batches->refuse_new();
    self.lists->refuse_new();
    self.reports->refuse_new();
    if (!self.idle()) {
        self.watch->wake();
        self.drained.expires_at(until);
        try {
            co_await self.drained.async_wait(server::use_awaitable);
        } catch (const boost::system::system_error&) {
            // Cancelled by the sweep: all is answered.
        }
    }
    self.closed = true;
    self.close(true);
}

awaitable<result<rows>> client::execute(const statement& what, parameters values, deadline until) {
    return (what.kind() == access::read ? implementation_->reads : implementation_->writes)
        ->execute(what, std::move(values), until);
}

namespace {

awaitable<result<transaction>> begin_on(std::shared_ptr<lease_pool> pool, deadline until) {
    auto leased = co_await pool->acquire(until);
    if (leased.has_error())
        co_return std::move(leased).error();
    co_return transaction{std::make_unique<transaction::implementation>(pool, std::move(leased).value())};
}

} // namespace

awaitable<result<transaction>> client::begin(deadline until) {
    return begin_on(implementation_->leases, until);
}

awaitable<result<transaction>> client::begin_batch(deadline until) {
    return begin_on(implementation_->batches, until);
}

session& client::lists() noexcept {
    return implementation_->list_access;
}

session& client::reports() noexcept {
    return implementation_->report_access;
}

deadline client::report_deadline() const noexcept {
    return steady_clock::now() + implementation_->report_timeout;
}

void client::listen(
    std::string channel, std::function<void(std::string_view)> notified, std::function<void(bool)> listening_changed) {
    implementation_->listener->listen(std::move(channel), std::move(notified), std::move(listening_changed));
}

std::int64_t client::timeline() const noexcept {
    return implementation_->agreed.timeline();
}

const char* client::refused_for() const noexcept {
    return implementation_->agreed.refused_for();
}

const std::string& client::trouble() const noexcept {
    return implementation_->agreed.reach(true).trouble();
}

std::size_t client::connections() const noexcept {
    return implementation_->connections;
}

bool client::reachable() const noexcept {
    return implementation_->reads->reachable() && implementation_->writes->reachable() &&
           implementation_->lists->reachable() && implementation_->leases->reachable() &&
           implementation_->batches->reachable();
}

} // namespace bursar::db
