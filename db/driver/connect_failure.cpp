#include "db/driver/connect_failure.hpp"

#include "db/connect_options.hpp"

#include <libpq-fe.h>
#include <netdb.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <string_view>
#include <system_error>
#include <vector>

namespace bursar::db {

namespace {

using std::chrono::steady_clock;

constexpr const char* no_answer = "no answer in time";

struct named_state {
    std::string_view prefix;
    const char* reason;
};

// PostgreSQL, appendix A: a class or a state of its own, the narrower one first.
constexpr std::array<named_state, 13> states{{
    {"28P01", "password refused"},
    {"28", "role refused: there is none of that name, or pg_hba.conf does not let it in from here"},
    {"3D000", "no such database"},
    {"53300", "too many connections"},
    {"53", "out of memory, disk or other resources"},
    {"57P03", "starting up, or shutting down"},
    {"57P", "shut down"},
    {"42501", "the role may not do what connecting takes"},
    {"55000", "the database takes no connections"},
    {"08P01", "a parameter of the start-up packet is refused"},
    {"22", "a setting is refused"},
    {"427", "a setting is refused"},
    {"XX", "an internal error of the server"},
}};

struct known_words {
    std::string words;
    const char* reason;
};

// What libpq and the C library say before PostgreSQL does. In no other language: nobody sets a locale.
const std::vector<known_words>& local_failures() {
    const auto of = [](int code) { return std::generic_category().message(code); };
    static const std::vector<known_words> all{
        {of(ECONNREFUSED), "connection refused"},
        {of(ENOENT), "no socket at that path"},
        {of(EACCES), "no access to the socket"},
        {of(ETIMEDOUT), no_answer},
        {of(EHOSTUNREACH), "host unreachable"},
        {of(ENETUNREACH), "network unreachable"},
        {of(ECONNRESET), "connection reset"},
        {of(EMFILE), "no descriptor left"},
        {"could not translate host name", "host name not found"},
        {"session is read-only", "read-only: a standby, or default_transaction_read_only"},
        {"server is in hot standby mode", "a standby, where a primary is wanted"},
        {"server is not in hot standby mode", "a primary, where a standby is wanted"},
        {"server closed the connection unexpectedly", "connection closed"},
        {"certificate", "TLS failed: the certificate"},
        {"SSL", "TLS failed"},
    };
    return all;
}

bool is_state(std::string_view text) noexcept {
    return text.size() == 5 && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
           });
}

// Of the last host that was tried and had something to say: "…: FATAL:  28P01".
std::string state_in(std::string_view words) {
    std::string found;
    while (!words.empty()) {
        const auto end = words.find('\n');
        const auto line = words.substr(0, end);
        words = end == std::string_view::npos ? std::string_view{} : words.substr(end + 1);
        const auto mark = line.rfind(":  ");
        if (mark != std::string_view::npos && is_state(line.substr(mark + 3)))
            found = line.substr(mark + 3);
    }
    return found;
}

bool wait_for(int socket, short what, steady_clock::time_point until) {
    for (;;) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - steady_clock::now()).count();
        if (left <= 0)
            return false;
        pollfd watched{socket, what, 0};
        const int ready = ::poll(&watched, 1, static_cast<int>(left));
        if (ready != 0 && !(ready < 0 && errno == EINTR))
            return true;
    }
}

// True: it stands, or has failed by libpq's word.
bool finish(PGconn* made, steady_clock::time_point until) {
    auto next = PGRES_POLLING_WRITING;
    while (next != PGRES_POLLING_OK && next != PGRES_POLLING_FAILED) {
        const bool reading = next == PGRES_POLLING_READING;
        if (!wait_for(PQsocket(made), reading ? POLLIN : POLLOUT, until))
            return false;
        next = PQconnectPoll(made);
    }
    return true;
}

bool set_up(PGconn* made, const connect_options& options, connect_failure& why) {
    const auto sql = "select " + std::string{objection_column()} + session_columns(options);
    const auto values = session_values(options);
    const std::unique_ptr<PGresult, decltype(&PQclear)> done{
        PQexecParams(made, sql.c_str(), static_cast<int>(values.size()), nullptr, values.data(), nullptr, nullptr, 0),
        &PQclear};
    const auto* const state = PQresultErrorField(done.get(), PG_DIAG_SQLSTATE);
    if (PQresultStatus(done.get()) != PGRES_TUPLES_OK)
        why = state == nullptr ? connect_failure{"connection closed"} : connect_failure{connect_reason(state), state};
    else if (PQgetisnull(done.get(), 0, 0) == 0)
        why = {"a setting of the role, the database or the server: default_transaction_read_only, or "
               "session_replication_role"};
    else
        return true;
    return false;
}

} // namespace

const char* connect_reason(const std::string& sqlstate) noexcept {
    for (const auto& each : states)
        if (sqlstate.starts_with(each.prefix))
            return each.reason;
    return "refused by the server";
}

connect_failure failure_of(const pg_conn* connection) {
    if (connection == nullptr)
        return {"out of memory"};
    if (PQconnectionNeedsPassword(connection) == 1)
        return {"a password is wanted, and none is given"};
    const std::string_view words = PQerrorMessage(connection);
    if (auto state = state_in(words); !state.empty()) {
        const auto* const reason = connect_reason(state);
        return {reason, std::move(state)};
    }
    for (const auto& known : local_failures())
        if (words.find(known.words) != std::string_view::npos)
            return {known.reason};
    return {"no connection"};
}

void report_errors_by_sqlstate(pg_conn* connection) noexcept {
    PQsetErrorVerbosity(connection, PQERRORS_SQLSTATE);
}

void report_errors_in_full(pg_conn* connection) noexcept {
    PQsetErrorVerbosity(connection, PQERRORS_DEFAULT);
}

pg_conn* connect_and_set_up(connect_options options, connect_failure& why) {
    why = {no_answer};
    for (auto hosts = options.hosts(); hosts > 0; --hosts) {
        const auto arrays = options.get();
        auto* const made = PQconnectStartParams(arrays.keywords.data(), arrays.values.data(), 0);
        if (made == nullptr)
            break;
        report_errors_by_sqlstate(made);
        const bool ended = PQstatus(made) == CONNECTION_BAD || finish(made, steady_clock::now() + options.patience());
        const bool stands = ended && PQstatus(made) == CONNECTION_OK;
        report_errors_in_full(made);
        if (stands && set_up(made, options, why))
            return made;
        if (ended && !stands)
            why = failure_of(made);
        PQfinish(made);
        if (ended) // libpq has tried them all
            break;
        options.rotate_hosts();
    }
    return nullptr;
}

} // namespace bursar::db
