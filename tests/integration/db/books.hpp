// A migrated schema of its own with one organization and two accounts, for test cases about its books.
#pragma once

#include "db/migrations.hpp"
#include "db/repositories/ledger/periods.hpp"
#include "tests/integration/db/fixture.hpp"
#include "tests/support/ledger_history.hpp"

namespace bursar::tests {

inline const db::statement write_transfer{
    "test.transfer", db::access::write, "select test_transfer($1, $2, $3, 100, now(), $4::timestamptz)"};

struct books : database {
    books() {
        const auto migrated = db::migrate(postgres.url(), schema + ",public");
        BOOST_REQUIRE_MESSAGE(migrated.has_value(), migrated.error().message);
        org = add_organization();
        sql(ledger_history_sql);
        debit = add_account("asset");
        credit = add_account("liability");
    }

    server::uuid add_organization() const {
        const auto id = server::uuid::v7();
        sql("insert into organizations (id, name) values ('" + id.to_string() + "', 'Test')");
        return id;
    }
    server::uuid add_account(const std::string& type) const {
        return *server::uuid::parse(sql("select test_account('" + org.to_string() + "', '" + type + "')"));
    }
    db::parameters transfer(const std::string& effective) const {
        return db::parameters{org, debit, credit, effective};
    }
    std::string write(const std::string& effective) {
        return code(run(loop, client.execute(write_transfer, transfer(effective), soon())));
    }
    std::string periods() const {
        return sql(
            "select coalesce(string_agg(to_char(month, 'YYYY-MM') || case when closed_at is null then ' open' "
            "else ' closed' end, ', ' order by month), '') from ledger_periods where org_id = '" +
            org.to_string() + "'");
    }

    server::uuid org;
    server::uuid debit;
    server::uuid credit;
    const server::uuid actor = server::uuid::v7();
    const db::repositories::period_repository rows;
};

} // namespace bursar::tests
