#include "tests/integration/handlers/ledger/proof/fixture.hpp"

#include "tests/support/wait_for.hpp"

#include <libpq-fe.h>

namespace bursar::tests {

namespace {

std::unique_ptr<deployment> current;

using environment = std::vector<std::pair<std::string, std::string>>;

printed run_to_end(const std::string& program, const std::vector<std::string>& arguments, const environment& with) {
    process run{launch{program, arguments, with, {}}};
    const auto status = run.wait_exit();
    return {status.value_or(-1), run.log()};
}

environment database() {
    return {{"DATABASE_URL", the_deployment().postgres().url()}};
}

} // namespace

own_deployment::own_deployment() {
    const deployment::settings often{{"BURSAR_SEAL_INTERVAL", "0.05"}, {"BURSAR_PROVER_INTERVAL", "0.01"}};
    current = std::make_unique<deployment>(often);
}

own_deployment::~own_deployment() {
    current.reset();
}

deployment& the_deployment() {
    return *current;
}

printed verify(const std::string& org) {
    if (org.empty())
        return run_to_end(BURSAR_BINARY, {"verify"}, database());
    return run_to_end(BURSAR_BINARY, {"verify", "--org", org}, database());
}

printed check_chain(const std::string& org, const std::string& options, const std::string& filter) {
    const auto pipe = BURSAR_BINARY " ledger export-chain --org " + org + " | " + filter + " | " +
                      BURSAR_SOURCE_FOLDER "/scripts/check-chain " + options;
    return run_to_end("/bin/sh", {"-c", pipe}, database());
}

void expect_sound(const ledger_by_sql& ledger) {
    const auto proved = verify(ledger.org());
    BOOST_TEST(proved.status == 0, proved.text);
    const auto checked = check_chain(ledger.org());
    BOOST_TEST(checked.status == 0, checked.text);
}

known_books::known_books()
    : ledger_by_sql(the_deployment().postgres())
    , bank(account("asset"))
    , customer(account("liability"))
    , first(transfer(bank, customer, 100))
    , second(transfer(bank, customer, 20))
    , payout(transfer(customer, bank, 30))
    , held(hold(customer, bank, 40))
    , posted(hold(customer, bank, 25)) {
    post(posted, 15);
    void_hold(hold(customer, bank, 5));
    reverse(payout, 10);
}

void wait_until_sealed(const ledger_by_sql& ledger) {
    wait_for([&] {
        return ledger.query("select (select coalesce(sum(transfers), 0) from ledger_blocks where org_id = $org) = "
                            "(select count(*) from transfers where org_id = $org)") == "t";
    });
}

double metric(const std::string& name) {
    const auto text = http_get(the_deployment().port(), "/metrics").body;
    const auto at = text.find("\n" + name + " ");
    return at == std::string::npos ? 0 : std::stod(text.substr(at + name.size() + 2));
}

struct open_transaction::connection {
    std::unique_ptr<PGconn, decltype(&PQfinish)> at;
};

open_transaction::open_transaction(const postgres_server& at)
    : connection_(new connection{{PQconnectdb(at.url().c_str()), &PQfinish}}) {
    query("begin");
}

open_transaction::~open_transaction() = default;

std::string open_transaction::query(const std::string& sql) {
    auto* const at = connection_->at.get();
    const std::unique_ptr<PGresult, decltype(&PQclear)> r{PQexec(at, sql.c_str()), &PQclear};
    const auto status = PQresultStatus(r.get());
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
        throw std::runtime_error(sql + ": " + PQerrorMessage(at));
    return PQntuples(r.get()) > 0 ? PQgetvalue(r.get(), 0, 0) : "";
}

} // namespace bursar::tests
