#include "tests/integration/handlers/statement_plans/plan_collector.hpp"

#include <stdexcept>

namespace bursar::tests {

namespace {

using pg_answer = std::unique_ptr<PGresult, void (*)(PGresult*)>;

std::string text_of(PGconn* from, PGresult* raw) {
    const pg_answer answer{raw, &PQclear};
    const auto status = PQresultStatus(answer.get());
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
        throw std::runtime_error(PQerrorMessage(from));
    std::string out;
    for (int i = 0; i < PQntuples(answer.get()); ++i)
        out.append(PQgetvalue(answer.get(), i, 0)).append("\n");
    return out;
}

} // namespace

plan_collector::plan_collector(const std::string& url, const std::string& role)
    : connection_(PQconnectdb(url.c_str()), &PQfinish) {
    rows("set role " + role);
    plan_as({});
}

db::awaitable<db::result<db::rows>>
plan_collector::execute(const db::statement& what, db::parameters values, db::deadline) {
    db::parameters::wire wire;
    values.fill(wire);
    plans.emplace(what.name() + ", these values: " + what.sql(), plan_for_values(what, wire));
    plans.emplace(what.name() + ", any values: " + what.sql(), plan_for_any(what, wire));
    asked.emplace(what.sql());
    co_return db::errc::internal;
}

void plan_collector::plan_as(const std::vector<std::pair<std::string, std::string>>& settings) {
    rows("reset all");
    rows("set plan_cache_mode = force_generic_plan");
    for (const auto& [name, value] : settings)
        rows("set " + name + " = " + value);
}

void plan_collector::plan_text(const sent_statement& what, const std::string& first) {
    const auto parameters = prepare_by_text(connection_.get(), "t", what.sql);
    rows("begin");
    if (!first.empty())
        rows(first);
    plans.emplace(what.name + ", any values: " + what.sql, explain_prepared("t", parameters));
    rows("rollback");
    rows("deallocate t");
}

std::string plan_collector::plan_for_values(const db::statement& what, const db::parameters::wire& wire) {
    const auto sql = "explain (costs off) " + what.sql();
    return text_of(
        connection_.get(), PQexecParams(
                               connection_.get(), sql.c_str(), static_cast<int>(wire.types.size()), wire.types.data(),
                               wire.values.data(), wire.lengths.data(), wire.formats.data(), 0));
}

std::string plan_collector::plan_for_any(const db::statement& what, const db::parameters::wire& wire) {
    const auto name = "s" + std::to_string(what.id());
    const auto count = static_cast<int>(wire.types.size());
    text_of(
        connection_.get(), PQprepare(connection_.get(), name.c_str(), what.sql().c_str(), count, wire.types.data()));
    auto plan = explain_prepared(name, count);
    rows("deallocate " + name);
    return plan;
}

std::string plan_collector::explain_prepared(const std::string& name, int parameters) {
    std::string values;
    for (int i = 0; i < parameters; ++i)
        values += i == 0 ? "(null" : ", null";
    return rows("explain (costs off) execute " + name + values + (parameters > 0 ? ")" : ""));
}

std::string plan_collector::rows(const std::string& sql) {
    return text_of(connection_.get(), PQexec(connection_.get(), sql.c_str()));
}

} // namespace bursar::tests
