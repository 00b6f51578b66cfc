#include "db/driver/connection.hpp"

#include "server/random.hpp"

#include <libpq-fe.h>
#include <unistd.h>

namespace bursar::db {

using role = pipeline::role;
using server::steady_clock;
using remedy = connection_state::remedy;

namespace {

std::string identify_sql(const connect_options& options) {
    std::string out{"select "};
    out.append(cluster::identity_columns()).append(", ").append(objection_column());
    return out.append(session_columns(options)).append(" from pg_control_system()");
}

} // namespace

void connection_owner::notified(std::string_view, std::string_view) {}

struct connection::readable {
    std::shared_ptr<connection> self;
    std::uint64_t epoch;
    void operator()(boost::system::error_code) const {
        if (self->state_.seen_from(epoch) == phase::ready)
            self->on_readable();
    }
};

struct connection::writable {
    std::shared_ptr<connection> self;
    std::uint64_t epoch;
    void operator()(boost::system::error_code) const {
        if (self->state_.seen_from(epoch) != phase::ready)
            return;
        self->writing_ = false;
        self->flush();
    }
};

struct connection::polled {
    std::shared_ptr<connection> self;
    std::uint64_t epoch;
    void operator()(boost::system::error_code e) const {
        // Waits are cancelled when the descriptor is renewed; the new one has its own.
        if (e)
            return;
        const auto now_in = self->state_.seen_from(epoch);
        if (now_in == phase::connecting)
            self->poll();
        else if (now_in == phase::identifying)
            self->read_identity();
    }
};

struct connection::timed {
    std::shared_ptr<connection> self;
    std::uint64_t epoch;
    void operator()(boost::system::error_code e) const {
        if (e)
            return;
        const auto now_in = self->state_.seen_from(epoch);
        if (now_in == phase::waiting)
            self->begin();
        else if (now_in == phase::connecting || now_in == phase::identifying) {
            self->how_.options.rotate_hosts();
            self->attempt_failed({"no answer in time"});
        }
    }
};

connection::connection(server::asio::io_context& loop, settings how, connection_owner& owner)
    : descriptor_(loop)
    , timer_(loop)
    , how_(std::move(how))
    , owner_(&owner)
    , state_(how_.agreed, how_.leads, how_.connect_timeout)
    , identify_sql_(identify_sql(how_.options)) {}

connection::~connection() {
    release();
}

void connection::open() {
    if (state_.now_in() == phase::closed)
        set_timer(state_.open(steady_clock::now()));
}

void connection::set_timer(steady_clock::time_point due) {
    timer_.expires_at(due);
    timer_.async_wait(timed{shared_from_this(), state_.epoch()});
}

void connection::close(operation_list& finished, operation_list& again) {
    pipeline_.lose("the client was closed", finished, again);
    release();
    state_.close();
    timer_.cancel();
}

void connection::release() noexcept {
    // Our duplicate goes first: libpq's close would leave its registration with the loop behind.
    boost::system::error_code ignored;
    descriptor_.close(ignored);
    if (conn_ != nullptr)
        PQfinish(conn_);
    conn_ = nullptr;
    cache_.clear();
    writing_ = false;
}

void connection::begin() {
    const auto arrays = how_.options.get();
    conn_ = PQconnectStartParams(arrays.keywords.data(), arrays.values.data(), 0);
    if (conn_ == nullptr || PQstatus(conn_) == CONNECTION_BAD)
        return attempt_failed(failure_of(conn_));
    report_errors_by_sqlstate(conn_);
    PQsetNoticeReceiver(conn_, noticed, this);
    set_timer(state_.attempt(steady_clock::now()));
    watch(PGRES_POLLING_WRITING);
}

void connection::poll() {
    const auto next = PQconnectPoll(conn_);
    if (next == PGRES_POLLING_OK)
        identify();
    else if (next == PGRES_POLLING_FAILED)
        attempt_failed(failure_of(conn_));
    else
        watch(next);
}

// libpq may have closed its socket and opened another, of the same number, at any poll: a duplicate of our own, made
// anew each time, is the only descriptor whose life we know.
void connection::renew_descriptor() {
    boost::system::error_code ignored;
    descriptor_.close(ignored);
    const int duplicate = ::dup(PQsocket(conn_));
    if (duplicate >= 0)
        descriptor_.assign(duplicate, ignored);
}

void connection::watch(int direction) {
    renew_descriptor();
    if (!descriptor_.is_open())
        return attempt_failed({"no descriptor left"});
    descriptor_.async_wait(
        direction == PGRES_POLLING_READING ? descriptor_.wait_read : descriptor_.wait_write,
        polled{shared_from_this(), state_.epoch()});
}

// Before the pipeline begins: nobody's statement reaches a server that is not known, or a session that is not set up.
void connection::identify() {
    state_.identify();
    report_errors_in_full(conn_);
    const auto values = session_values(how_.options);
    if (PQsetnonblocking(conn_, 1) != 0 || PQsendQueryParams(
                                               conn_, identify_sql_.c_str(), static_cast<int>(values.size()), nullptr,
                                               values.data(), nullptr, nullptr, 1) != 1)
        return attempt_failed(failure_of(conn_));
    wait_for_identity();
}

void connection::wait_for_identity() {
    const int left = PQflush(conn_);
    if (left < 0)
        return attempt_failed(failure_of(conn_));
    watch(left == 1 ? PGRES_POLLING_WRITING : PGRES_POLLING_READING);
}

void connection::read_identity() {
    if (PQconsumeInput(conn_) != 1)
        return attempt_failed(failure_of(conn_));
    while (PQisBusy(conn_) == 0) {
        auto* const raw = PQgetResult(conn_);
        if (raw == nullptr)
            return admit();
        const rows shown{raw};
        if (PQresultStatus(raw) != PGRES_TUPLES_OK) {
            const auto* const said = PQresultErrorField(raw, PG_DIAG_SQLSTATE);
            return said == nullptr ? attempt_failed({"connection closed"})
                                   : attempt_failed({connect_reason(said), said});
        }
        server_identity of;
        std::string session;
        shown.front().read(of.system, of.timeline, session);
        const auto setting = shown.front().get<std::optional<std::string>>(3);
        if (auto no = state_.read(of, std::move(session), setting))
            return attempt_failed(std::move(*no));
    }
    wait_for_identity();
}

void connection::admit() {
    auto no = state_.admit(PQhost(conn_), PQport(conn_));
    if (!no)
        return established();
    if (no->next_host)
        how_.options.rotate_hosts();
    attempt_failed(std::move(no->why));
}

void connection::established() {
    timer_.cancel();
    renew_descriptor();
    if (!descriptor_.is_open() || PQenterPipelineMode(conn_) != 1)
        return attempt_failed({"the connection cannot be put into pipeline mode"});
    state_.establish();
    wait_readable();
    owner_->connected(*this);
}

void connection::attempt_failed(connect_failure why) {
    release();
    set_timer(state_.fail(why, steady_clock::now(), server::random_u64()));
    owner_->connect_failed(*this);
}

void connection::drop(std::string_view why) {
    if (state_.now_in() != phase::ready)
        return;
    operation_list finished;
    operation_list again;
    pipeline_.lose(why, finished, again);
    const auto due = state_.lose(why, steady_clock::now()); // before what `why` may be a part of goes
    release();
    set_timer(due);
    owner_->lost(*this, finished, again);
}

bool connection::clean() const noexcept {
    return state_.now_in() == phase::ready && !state_.is_broken() && PQtransactionStatus(conn_) == PQTRANS_IDLE;
}

void connection::wait_readable() {
    descriptor_.async_wait(descriptor_.wait_read, readable{shared_from_this(), state_.epoch()});
}

void connection::wait_writable() {
    if (std::exchange(writing_, true))
        return;
    descriptor_.async_wait(descriptor_.wait_write, writable{shared_from_this(), state_.epoch()});
}

void connection::on_readable() {
    // What the old primary confirms from here on, the new one does not have.
    if (const auto* const why = state_.objection())
        return drop(why);
    const bool alive = PQconsumeInput(conn_) == 1;
    const auto epoch = state_.epoch();
    if (!handle_replies() || epoch != state_.epoch())
        return;
    if (!alive || state_.is_broken())
        return drop(state_.cause(PQerrorMessage(conn_)));
    if (state_.served_out(pipeline_)) // look for the new primary
        return drop("the server became read-only");
    deliver_notifications();
    if (epoch != state_.epoch())
        return;
    if (writing_)
        flush();
    wait_readable();
    owner_->replied(*this);
}

// False when the connection was dropped or closed on the way.
bool connection::handle_replies() {
    const auto epoch = state_.epoch();
    const auto now = steady_clock::now();
    unsigned barren = 0;
    while (!pipeline_.empty() && PQisBusy(conn_) == 0) {
        auto* const raw = PQgetResult(conn_);
        if (raw == nullptr) {
            // A sync has no end of its own, and nothing ends that did not begin: else libpq and the pipeline no longer
            // agree. It gives up its queue when it loses the connection, and ends whatever is asked for from then on.
            const bool agreed = pipeline_.head().kind == role::sync ? ++barren <= 2 : pipeline_.end_of_reply();
            if (!agreed) {
                drop(state_.cause("replies out of step"));
                return false;
            }
            continue;
        }
        barren = 0;
        if (!handle(raw, now) || epoch != state_.epoch())
            return false;
    }
    return true;
}

bool connection::handle(pg_result* raw, steady_clock::time_point now) {
    rows owned{raw};
    const auto& head = pipeline_.head();
    switch (PQresultStatus(raw)) {
    case PGRES_TUPLES_OK:
    case PGRES_COMMAND_OK:
        if (head.kind == role::prepare)
            cache_.confirm(head.statement_id, head.statement_number);
        act(pipeline_.on_rows(std::move(owned), head.kind == role::commit ? PQcmdStatus(raw) : ""), now);
        return true;
    case PGRES_PIPELINE_SYNC:
        if (head.kind != role::sync) {
            drop("replies out of step");
            return false;
        }
        act(pipeline_.on_sync(), now);
        return true;
    case PGRES_PIPELINE_ABORTED:
        if (head.kind == role::prepare)
            cache_.forget(head.statement_id, head.statement_number);
        act(pipeline_.on_aborted(), now);
        return true;
    default: break;
    }
    auto why = failure_of(raw);
    if (why.local) {
        drop(why.reason.detail);
        return false;
    }
    if (head.kind == role::prepare || (why.stale_plan && head.kind != role::housekeeping))
        cache_.forget(head.statement_id, head.statement_number);
    if (why.read_only)
        state_.became_read_only();
    if (why.ends_connection)
        state_.broken(why.reason.detail);
    act(pipeline_.on_error(std::move(why)), now);
    return true;
}

void connection::act(pipeline::verdict v, steady_clock::time_point now) {
    if (v.step == pipeline::next::finish)
        owner_->finished(*v.what, now);
    else if (v.step == pipeline::next::send_again)
        owner_->send_again(*v.what);
}

void connection::noticed(void* self, const pg_result* notice) noexcept {
    if (leaves_commit_in_doubt(notice))
        static_cast<connection*>(self)->pipeline_.doubt();
}

void connection::deliver_notifications() {
    const auto epoch = state_.epoch();
    while (epoch == state_.epoch()) {
        const std::unique_ptr<PGnotify, decltype(&PQfreemem)> note{PQnotifies(conn_), &PQfreemem};
        if (!note)
            return;
        owner_->notified(note->relname, note->extra);
    }
}

statement_cache::entry* connection::prepared(operation& op, const statement& what) {
    if (auto* const known = cache_.find(what.id(), wire_.types))
        return known;
    if (const auto evicted = cache_.make_room(what.id()); evicted && evicted->confirmed) {
        const std::string sql = std::string{"DEALLOCATE "} + evicted->name.data();
        if (!send_text(sql.c_str(), role::housekeeping, nullptr))
            return nullptr;
    }
    auto& made = cache_.add(what.id(), wire_.types);
    if (PQsendPrepare(
            conn_, made.name.data(), what.sql().c_str(), static_cast<int>(wire_.types.size()), wire_.types.data()) !=
        1) {
        cache_.forget(what.id(), made.number);
        return nullptr;
    }
    pipeline_.push(role::prepare, &op, what.id(), made.number);
    return &made;
}

bool connection::send(operation& op, const statement& what, const parameters& values, role kind) {
    values.fill(wire_);
    const auto* const known = prepared(op, what);
    if (known == nullptr || PQsendQueryPrepared(
                                conn_, known->name.data(), static_cast<int>(wire_.values.size()), wire_.values.data(),
                                wire_.lengths.data(), wire_.formats.data(), 1) != 1) {
        state_.broken(PQerrorMessage(conn_));
        return false;
    }
    pipeline_.push(kind, &op, what.id(), known->number);
    return true;
}

bool connection::send_text(const char* sql, role kind, operation* op) {
    if (PQsendQueryParams(conn_, sql, 0, nullptr, nullptr, nullptr, nullptr, 1) != 1) {
        state_.broken(PQerrorMessage(conn_));
        return false;
    }
    pipeline_.push(kind, op);
    return true;
}

// Its slot stands though it may not have been sent: with it whoever waits is found when the connection is dropped.
void connection::sync(operation* op) {
    if (PQpipelineSync(conn_) != 1)
        state_.broken(PQerrorMessage(conn_));
    pipeline_.push(role::sync, op);
}

void connection::flush() {
    if (state_.now_in() != phase::ready)
        return;
    const int left = PQflush(conn_);
    if (left == 1)
        wait_writable();
    else if (left < 0)
        state_.broken();
}

PGcancel* connection::give_up(std::string_view why) {
    if (state_.now_in() != phase::ready)
        return nullptr;
    auto* const request = pipeline_.may_commit() ? nullptr : PQgetCancel(conn_);
    drop(why);
    return request;
}

PGcancel* connection::overdue(steady_clock::time_point now) {
    const auto due = state_.overdue(pipeline_, now);
    if (due.what == remedy::give_up)
        return give_up(due.why);
    if (due.what == remedy::drop)
        drop(due.why);
    if (due.what != remedy::cancel)
        return nullptr;
    pipeline_.expect_cancellation(now);
    return PQgetCancel(conn_);
}

} // namespace bursar::db
