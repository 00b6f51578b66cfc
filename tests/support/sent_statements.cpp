#include "tests/support/sent_statements.hpp"

#include "tests/support/process.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value_to.hpp>

#include <libpq-fe.h>

#include <algorithm>
#include <memory>
#include <sstream>
#include <stdexcept>

namespace bursar::tests {

namespace {

using pg_answer = std::unique_ptr<PGresult, void (*)(PGresult*)>;

bool prepare(PGconn* on, const std::string& name, const std::string& sql, std::vector<std::string> types) {
    std::string list;
    for (const auto& type : types)
        list += (list.empty() ? "" : ", ") + type;
    const auto whole = "prepare " + name + (list.empty() ? "" : "(" + list + ")") + " as " + sql;
    const pg_answer answer{PQexec(on, whole.c_str()), &PQclear};
    if (PQresultStatus(answer.get()) == PGRES_COMMAND_OK)
        return true;
    const std::string state = PQresultErrorField(answer.get(), PG_DIAG_SQLSTATE);
    const std::string message = PQresultErrorField(answer.get(), PG_DIAG_MESSAGE_PRIMARY);
    const bool ambiguous = state == "42P08" || state == "42P18";
    const bool ambiguous_array = state == "42725" && message.find("unnest(") != std::string::npos;
    if (!ambiguous && !ambiguous_array)
        return false;
    const auto& naming = ambiguous ? message : sql;
    const auto place = std::stoul(naming.substr(naming.find('$', naming.find(ambiguous ? "$" : "unnest($")) + 1));
    if (types.size() >= place && types[place - 1] != "unknown")
        return false;
    types.resize(std::max<std::size_t>(types.size(), place), "unknown");
    for (const auto* const type : {"bigint[]", "text", "uuid", "bigint", "timestamptz", "uuid[]", "boolean", "bytea"}) {
        types[place - 1] = type;
        if (prepare(on, name, sql, types))
            return true;
    }
    return false;
}

} // namespace

bool sent_statement::is_planned() const {
    const auto verb = sql.substr(0, sql.find(' '));
    return verb != "savepoint" && verb != "rollback";
}

std::vector<sent_statement> statements_of_the_binary() {
    process telling{launch{BURSAR_BINARY, {"statements"}, {}, {}}};
    if (telling.wait_exit() != 0)
        throw std::runtime_error("the binary does not tell its statements: " + telling.log());
    std::vector<sent_statement> all;
    std::istringstream lines{telling.log()};
    for (std::string line; std::getline(lines, line);) {
        const auto each = boost::json::parse(line);
        const auto text = [&](const char* name) { return boost::json::value_to<std::string>(each.at(name)); };
        all.push_back({text("name"), text("sql"), text("access") == "read"});
    }
    return all;
}

int prepare_by_text(PGconn* on, const std::string& name, const std::string& sql) {
    if (!prepare(on, name, sql, {}))
        throw std::runtime_error("no types of its parameters fit: " + sql);
    const pg_answer described{PQdescribePrepared(on, name.c_str()), &PQclear};
    return PQnparams(described.get());
}

} // namespace bursar::tests
