// The prover of a serving process: quiet while the ledger is written, and loud when it is wrong.
#include "tests/integration/handlers/ledger/proof/fixture.hpp"
#include "tests/support/wait_for.hpp"

#include <atomic>
#include <thread>

namespace bursar::tests::prover_test {

namespace {

double findings() {
    double all = 0;
    const auto text = http_get(the_deployment().port(), "/metrics").body;
    const std::string name = "\nbursar_ledger_findings_total{invariant=";
    for (auto at = text.find(name); at != std::string::npos; at = text.find(name, at + 1))
        all += std::stod(text.substr(text.find("} ", at) + 2));
    return all;
}

double finding(const std::string& invariant) {
    return metric("bursar_ledger_findings_total{invariant=\"" + invariant + "\"}");
}

double last_pass() {
    return metric("bursar_ledger_prover_last_pass_timestamp_seconds");
}

// So that the next is one that began after now.
void wait_for_a_whole_pass() {
    for (int passes = 0; passes < 2; ++passes)
        wait_for([before = last_pass()] { return last_pass() > before; });
}

// Transfers, holds, postings, voids and reversals between a few accounts, by several writers at once, until stopped.
class writers {
public:
    writers() {
        for (int i = 0; i < 6; ++i)
            accounts_.push_back(ledger_.account(i % 2 == 0 ? "asset" : "liability"));
        for (unsigned i = 0; i < 3; ++i)
            threads_.emplace_back([this, i] { write(i); });
    }
    ~writers() { stop(); }

    const ledger_by_sql& ledger() const noexcept { return ledger_; }
    void stop() {
        going_ = false;
        for (auto& thread : threads_)
            thread.join();
        threads_.clear();
    }

private:
    void write(unsigned seed) {
        for (unsigned n = seed; going_; ++n) {
            const auto& debit = accounts_[n % accounts_.size()];
            const auto& credit = accounts_[(n + 1 + n % 4) % accounts_.size()];
            if (debit == credit)
                continue;
            const auto made = n % 3 == 0 ? ledger_.hold(debit, credit, 10) : ledger_.transfer(debit, credit, 10);
            if (n % 3 != 0)
                ledger_.reverse(made, 4);
            else if (n % 2 == 0)
                ledger_.post(made, 7);
            else
                ledger_.void_hold(made);
        }
    }

    ledger_by_sql ledger_{the_deployment().postgres()};
    std::vector<std::string> accounts_;
    std::atomic<bool> going_{true};
    std::vector<std::thread> threads_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(ledger_prover, *boost::unit_test::fixture<own_deployment>())

BOOST_AUTO_TEST_CASE(no_false_alarm_while_the_ledger_is_written) {
    writers writing;
    wait_for_a_whole_pass();
    for (int i = 0; i < 5; ++i) {
        const auto answer = verify(writing.ledger().org());
        BOOST_TEST(answer.status == 0, answer.text);
        const auto chain = check_chain(writing.ledger().org());
        BOOST_TEST(chain.status == 0, chain.text);
    }
    wait_for_a_whole_pass();
    writing.stop();
    BOOST_TEST(findings() == 0);
    BOOST_TEST(metric("bursar_ledger_proven_accounts_total") >= 6);
    BOOST_TEST(metric("bursar_ledger_proven_transfers_total") > 0);
    BOOST_TEST(metric("bursar_ledger_proven_entries_total") > 0);
    wait_until_sealed(writing.ledger());
    const auto chain = check_chain(writing.ledger().org());
    BOOST_TEST(chain.status == 0, chain.text);
}

BOOST_AUTO_TEST_CASE(a_finding_is_counted_and_logged) {
    const ledger_by_sql in{the_deployment().postgres()};
    const auto account = in.account();
    in.transfer(account, in.account("liability"), 100);
    BOOST_TEST(finding("account_row") == 0);
    in.tamper("update accounts set balance = balance + 1 where org_id = $org and id = '" + account + "'");
    wait_for([] { return finding("account_row") > 0; });
    const auto line = the_deployment().server().wait_for_line(R"("invariant":"account_row")");
    BOOST_TEST(line.find(R"("event":"ledger_finding")") != std::string::npos);
    BOOST_TEST(line.find(R"("level":"error")") != std::string::npos);
    BOOST_TEST(line.find(account) != std::string::npos);
}

// No account and no transfer leads to them.
BOOST_AUTO_TEST_CASE(entries_that_belong_to_nothing_are_found) {
    const ledger_by_sql in{the_deployment().postgres()};
    const auto nobody = in.query("select test_uuid_of(now())");
    BOOST_TEST(finding("entry_account") == 0);
    in.tamper(
        "insert into entries (org_id, account_id, recorded_at, seq, transfer_id, effective_at, amount, held, balance,"
        " pending_debits, pending_credits, leg, debit, currency) values ($org, '" +
        nobody + "', now(), 1, gen_random_uuid(), now(), 5, 0, 5, 0, 0, 0, true, 'EUR')");
    wait_for([] { return finding("entry_account") > 0; });
    const auto answer = verify();
    BOOST_TEST(answer.status == 1);
    BOOST_TEST(answer.says("entries of account " + nobody + ": expected an account, found none\n"), answer.text);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::prover_test
