#include "tests/support/sql_session.hpp"

#include "tests/support/wait_for.hpp"

#include <libpq-fe.h>

namespace bursar::tests {

namespace {

std::string field(const PGresult* of, int code) {
    const char* const text = PQresultErrorField(of, code);
    return text == nullptr ? std::string{} : text;
}

} // namespace

sql_session::sql_session(const postgres_server& at)
    : connection_(PQconnectdb(at.url().c_str()), &PQfinish) {
    if (PQstatus(connection_.get()) != CONNECTION_OK)
        throw sql_failure{PQerrorMessage(connection_.get()), {}, {}};
    PQsetNoticeReceiver(
        connection_.get(), [](void*, const PGresult*) {}, nullptr);
}

std::vector<sql_session::row> sql_session::rows(const std::string& sql) const {
    const std::unique_ptr<PGresult, void (*)(PGresult*)> done{PQexec(connection_.get(), sql.c_str()), &PQclear};
    const auto status = PQresultStatus(done.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        throw sql_failure{
            PQerrorMessage(connection_.get()), field(done.get(), PG_DIAG_SQLSTATE),
            field(done.get(), PG_DIAG_CONSTRAINT_NAME)};
    std::vector<row> out(static_cast<std::size_t>(PQntuples(done.get())));
    for (int i = 0; i < PQntuples(done.get()); ++i)
        for (int column = 0; column < PQnfields(done.get()); ++column)
            out[static_cast<std::size_t>(i)].emplace_back(PQgetvalue(done.get(), i, column));
    return out;
}

std::string sql_session::query(const std::string& sql) const {
    const auto found = rows(sql);
    return found.empty() || found.front().empty() ? std::string{} : found.front().front();
}

std::string sql_session::refusal(const std::string& sql) const {
    try {
        rows(sql);
        return "done";
    } catch (const sql_failure& refused) {
        return refused.constraint.empty() ? refused.sqlstate : refused.constraint;
    }
}

std::string sql_literal(std::string_view text) {
    std::string out = "'";
    for (const char c : text)
        out.append(c == '\'' ? 2 : 1, c);
    return out + "'";
}

void gate::wait_for_waiting(std::size_t backends) const {
    wait_for([&] {
        return std::stoul(session_.query("select count(distinct pid) from pg_locks where not granted")) >= backends;
    });
}

} // namespace bursar::tests
