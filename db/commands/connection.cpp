#include "db/commands/connection.hpp"

#include "db/connect_options.hpp"
#include "db/driver/connect_failure.hpp"
#include "db/driver/sqlstate.hpp"

#include <libpq-fe.h>

#include <stdexcept>

namespace bursar::db::commands {

namespace {

using server::errc;
using server::error_exception;

std::string words_of(PGconn* at) {
    std::string out = PQerrorMessage(at);
    while (!out.empty() && out.back() == '\n')
        out.pop_back();
    return out;
}

rows take(PGresult* raw) {
    rows out{raw};
    const auto status = PQresultStatus(raw);
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
        throw error_exception{failure_of(raw).reason};
    return out;
}

} // namespace

void connection::close::operator()(pg_conn* c) const noexcept {
    PQfinish(c);
}

connection::connection(const std::string& url, const std::string& search_path) {
    try {
        const connect_options options{{url, "bursar ledger", search_path, std::chrono::milliseconds{0}}};
        connect_failure why;
        connection_.reset(connect_and_set_up(options, why));
        if (!connection_)
            throw error_exception{{errc::dependency_unavailable, "cannot connect: " + why.text()}};
    } catch (const std::invalid_argument& e) {
        throw error_exception{{errc::dependency_unavailable, e.what()}};
    }
    PQsetNoticeReceiver(connection_.get(), noticed, this);
}

void connection::lose() const {
    throw error_exception{{errc::outcome_unknown, "the connection was lost: " + words_of(connection_.get())}};
}

void connection::noticed(void* self, const pg_result* notice) noexcept {
    if (leaves_commit_in_doubt(notice))
        static_cast<connection*>(self)->in_doubt_ = true;
}

void connection::expect_no_doubt() {
    if (std::exchange(in_doubt_, false))
        throw error_exception{{errc::outcome_unknown, "committed, but perhaps not at the synchronous standby"}};
}

rows connection::execute(const std::string& sql, const parameters& values) {
    parameters::wire wire;
    values.fill(wire);
    auto* const raw = PQexecParams(
        connection_.get(), sql.c_str(), static_cast<int>(wire.types.size()), wire.types.data(), wire.values.data(),
        wire.lengths.data(), wire.formats.data(), 1);
    if (PQstatus(connection_.get()) != CONNECTION_OK) {
        const rows lost{raw};
        lose();
    }
    auto taken = take(raw);
    expect_no_doubt();
    return taken;
}

void connection::copy_in(const std::string& sql, std::string_view data) {
    constexpr std::size_t piece = 1U << 20U;
    auto* const at = connection_.get();
    auto* const raw = PQexec(at, sql.c_str());
    const rows started{raw};
    if (PQresultStatus(raw) != PGRES_COPY_IN)
        throw error_exception{failure_of(raw).reason};
    // An error in its midst is reported at its end.
    for (; !data.empty(); data.remove_prefix(std::min(piece, data.size())))
        if (PQputCopyData(at, data.data(), static_cast<int>(std::min(piece, data.size()))) != 1)
            lose();
    if (PQputCopyEnd(at, nullptr) != 1)
        lose();
    rows last;
    for (auto* end = PQgetResult(at); end != nullptr; end = PQgetResult(at))
        last = take(end);
    if (PQstatus(at) != CONNECTION_OK)
        lose();
    expect_no_doubt();
}

unit_of_work::~unit_of_work() {
    if (!open_)
        return;
    try {
        on_.execute("rollback");
    } catch (const std::exception&) { // the connection is gone, and the transaction with it
    }
}

void unit_of_work::commit() {
    open_ = false;
    on_.execute("commit");
}

} // namespace bursar::db::commands
