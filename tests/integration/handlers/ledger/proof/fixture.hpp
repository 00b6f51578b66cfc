// A deployment that seals and proves all the time, and what an operator does with it: verify, export, check.
#pragma once

#include "tests/support/deployment.hpp"
#include "tests/support/ledger.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace bursar::tests {

// The fixture of a suite: one deployment for its cases, each of which takes an organization of its own.
struct own_deployment {
    own_deployment();
    ~own_deployment();
};
deployment& the_deployment();

struct printed {
    int status = -1;
    std::string text;

    bool says(std::string_view part) const { return text.find(part) != std::string::npos; }
};

// `bursar verify`, of one organization or of all.
printed verify(const std::string& org = {});

// The chain of an organization through scripts/check-chain, with `options` of that, and `filter` between the two.
printed check_chain(const std::string& org, const std::string& options = {}, const std::string& filter = "cat");

// Until every transfer of the organization is in a block.
void wait_until_sealed(const ledger_by_sql& ledger);

// That `bursar verify` and the chain's independent checker find nothing wrong with it.
void expect_sound(const ledger_by_sql& ledger);

// An organization with a bank, a customer and some transfers between them: 100 and 20 in, 30 out, 10 of it reversed,
// 40 held, 15 of 25 held posted, 5 held and given up.
struct known_books : ledger_by_sql {
    known_books();

    std::string bank;
    std::string customer;
    std::string first;
    std::string second;
    std::string payout;
    std::string held;
    std::string posted;
};

// A value of /metrics; 0 when it is not there.
double metric(const std::string& name);

// A connection with an open transaction, rolled back with the object.
class open_transaction {
public:
    explicit open_transaction(const postgres_server& at);
    ~open_transaction();
    open_transaction(const open_transaction&) = delete;
    open_transaction& operator=(const open_transaction&) = delete;

    // The first column of the first row.
    std::string query(const std::string& sql);
    void commit() { query("commit"); }

private:
    struct connection;
    std::unique_ptr<connection> connection_;
};

} // namespace bursar::tests
