#include "tests/support/ledger.hpp"

#include "tests/support/sql_session.hpp"

#include <fstream>
#include <sstream>

namespace bursar::tests {

namespace {

std::string ledger_writer() {
    std::ostringstream out;
    out << std::ifstream{BURSAR_LEDGER_SQL}.rdbuf();
    return out.str();
}

} // namespace

ledger_by_sql::ledger_by_sql(const postgres_server& at, std::string org)
    : at_(at)
    , org_(std::move(org)) {
    at_.query(ledger_writer());
    if (org_.empty())
        org_ = at_.query("insert into organizations (id, name) values (gen_random_uuid(), 'Ledger') returning id");
}

std::string ledger_by_sql::account(const std::string& type) const {
    return query(
        "insert into accounts (org_id, id, name, type, currency) values ($org, test_uuid_of(clock_timestamp()), "
        "'Account', " +
        sql_literal(type) + ", 'EUR') returning id");
}

std::string ledger_by_sql::transfer_sql(
    const std::string& debit, const std::string& credit, std::int64_t amount, bool held,
    const std::string& time) const {
    const auto number = std::to_string(amount);
    return "test_move(" + sql_literal(org_) + ", 'transfer', " + sql_literal(held ? "pending" : "posted") +
           ", null, jsonb_build_array(jsonb_build_object('leg', 0, 'debit', " + sql_literal(debit) + ", 'credit', " +
           sql_literal(credit) + ", 'amount', " + (held ? "0" : number) + ", 'held', " + (held ? number : "0") +
           ")), " + time + ")";
}

std::string ledger_by_sql::transfer(const std::string& debit, const std::string& credit, std::int64_t amount) const {
    return query("select " + transfer_sql(debit, credit, amount));
}

std::string ledger_by_sql::hold(const std::string& debit, const std::string& credit, std::int64_t amount) const {
    return query("select " + transfer_sql(debit, credit, amount, true));
}

std::string ledger_by_sql::post(const std::string& hold, std::int64_t amount) const {
    return query("select test_settle($org, 'posting', " + sql_literal(hold) + ", " + std::to_string(amount) + ")");
}

std::string ledger_by_sql::void_hold(const std::string& hold) const {
    return query("select test_settle($org, 'void', " + sql_literal(hold) + ", 0)");
}

std::string ledger_by_sql::reverse(const std::string& transfer, std::int64_t amount) const {
    return query("select test_reverse($org, " + sql_literal(transfer) + ", " + std::to_string(amount) + ")");
}

std::string ledger_by_sql::tamper(const std::string& sql) const {
    return query("set session_replication_role = replica; " + sql);
}

std::string ledger_by_sql::query(std::string sql) const {
    static const std::string name = "$org";
    for (auto at = sql.find(name); at != std::string::npos; at = sql.find(name, at))
        sql.replace(at, name.size(), sql_literal(org_));
    return at_.query(sql);
}

} // namespace bursar::tests
