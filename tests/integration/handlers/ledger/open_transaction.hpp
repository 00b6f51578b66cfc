// A connection of the test's own to the deployment's database, inside a transaction that keeps its locks until it is
// committed, or rolled back with the object.
#pragma once

#include "tests/integration/handlers/desk.hpp"

#include <libpq-fe.h>

#include <memory>
#include <stdexcept>

namespace bursar::tests {

class open_transaction {
public:
    explicit open_transaction(const std::string& statement)
        : connection_(PQconnectdb(the_deployment().postgres().url().c_str()), &PQfinish) {
        run("begin");
        run(statement);
    }

    void commit() { run("commit"); }

    // The first column of the first row, as text; empty without rows.
    std::string run(const std::string& sql) {
        const std::unique_ptr<PGresult, void (*)(PGresult*)> done{PQexec(connection_.get(), sql.c_str()), &PQclear};
        const auto status = PQresultStatus(done.get());
        if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
            throw std::runtime_error(PQerrorMessage(connection_.get()));
        return PQntuples(done.get()) > 0 && PQnfields(done.get()) > 0 ? PQgetvalue(done.get(), 0, 0) : "";
    }

private:
    std::unique_ptr<PGconn, void (*)(PGconn*)> connection_;
};

} // namespace bursar::tests
