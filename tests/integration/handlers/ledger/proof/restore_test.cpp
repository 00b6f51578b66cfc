// A ledger that is dumped and restored goes on in a cluster whose transaction ids are lower, or higher, than those it
// holds: everything new comes after everything old, and every transfer is sealed once.
#include "tests/integration/handlers/ledger/proof/fixture.hpp"
#include "tests/support/bursar_server.hpp"
#include "tests/support/sql_session.hpp"
#include "tests/support/wait_for.hpp"

#include <csignal>

namespace bursar::tests::restore_test {

namespace {

const postgres_server::settings elsewhere{.other_cluster = true};

// So many transactions later.
void burn(const postgres_server& on, int transactions) {
    on.query(
        "do $$ begin for i in 1.." + std::to_string(transactions) +
        " loop perform pg_current_xact_id(); commit; end loop; end $$");
}

printed run(const std::string& command, const std::string& database) {
    process done{launch{"/bin/sh", {"-c", command}, {{"DATABASE_URL", database}}, {}}};
    const auto status = done.wait_exit();
    return {status.value_or(-1), done.log()};
}

printed bursar_on(const postgres_server& at, const std::string& command) {
    return run(BURSAR_BINARY " " + command, at.url());
}

void copy(const postgres_server& from, const postgres_server& to) {
    to.query("create role bursar_service login");
    const auto copied =
        run("pg_dump '" + from.url() + "' | psql -qX -v ON_ERROR_STOP=1 '" + to.url() + "' > /dev/null", from.url());
    BOOST_REQUIRE_MESSAGE(copied.status == 0, copied.text);
}

// The books that were there before, in the cluster that they were restored into.
class restored_books {
public:
    restored_books(const postgres_server& at, std::string bank, std::string customer)
        : at_(at)
        , in_{at, the_deployment().org()}
        , bank_(std::move(bank))
        , customer_(std::move(customer))
        , newest_(std::stoll(in_.query("select max(xid::text::bigint) from events"))) {}

    const ledger_by_sql& ledger() const noexcept { return in_; }
    std::string transfer() const { return in_.transfer(bank_, customer_, 7); }

    void expect_nothing_is_written() const {
        const sql_session by{at_};
        BOOST_TEST(by.refusal("select " + in_.transfer_sql(bank_, customer_, 7)) == "cluster_settled");
        BOOST_TEST(by.refusal("update ledger_seals set seq = seq") == "cluster_settled");
        const auto proved = bursar_on(at_, "verify");
        BOOST_TEST(proved.status == 0, proved.text);
        BOOST_TEST(proved.says("note: restored into another cluster, where the ledger goes on once"), proved.text);
    }

    // As the role that owns nothing.
    bursar_server serve() const {
        auto url = at_.url();
        url.replace(url.find("bursar@"), 7, "bursar_service@");
        return bursar_server{the_deployment().environment(
            {{"DATABASE_URL", url}, {"BURSAR_SEAL_INTERVAL", "0.05"}, {"BURSAR_PROVER_INTERVAL", "0.01"}})};
    }

    // Through the server and beside it.
    void expect_it_goes_on(bursar_server& by) const {
        http_client client{by.port()};
        const auto made = client.request(
            "POST", "/api/v1/transfers", the_deployment().headers(fresh_key()),
            R"({"debit_account_id":")" + bank_ + R"(","credit_account_id":")" + customer_ + R"(","amount":9})");
        BOOST_REQUIRE_MESSAGE(made.status == 201, made.body);
        const auto first = position_of(json_string(made.body, "id"));
        const auto second = position_of(transfer());
        BOOST_TEST(newest_ < first);
        BOOST_TEST(first < second);
        wait_for([&] { return cursor(client) > second; });
        BOOST_TEST(cursor(client) - second < 1'000'000);
        wait_until_sealed(in_);
        wait_for([&] { return in_.query("select count(*) from facts_unsealed") == "0"; });
        const std::string sealed = "(select unnest(transfer_ids) id from ledger_blocks where org_id = $org)";
        BOOST_TEST(
            in_.query(
                "select array_agg(id order by id) = (select array_agg(id order by id) from transfers where org_id "
                "= $org) from " +
                sealed + " s") == "t");
        BOOST_TEST(
            in_.query(
                "select pg_visible_in_snapshot('" + std::to_string(second) +
                "', sealed) from ledger_seals where org_id = $org") == "t");
        // As of an older binary.
        BOOST_TEST(sql_session{at_}.refusal("update ledger_seals set sealed = pg_current_snapshot()") != "done");
    }

    void expect_sound(std::string_view note) const {
        const auto proved = bursar_on(at_, "verify");
        BOOST_TEST(proved.status == 0, proved.text);
        BOOST_TEST(proved.says(note), proved.text);
        const auto checked = run(
            BURSAR_BINARY " ledger export-chain --org " + in_.org() + " | " BURSAR_SOURCE_FOLDER "/scripts/check-chain",
            at_.url());
        BOOST_TEST(checked.status == 0, checked.text);
    }

private:
    std::int64_t position_of(const std::string& transfer) const {
        return std::stoll(in_.query("select xid from events where org_id = $org and resource_id = '" + transfer + "'"));
    }

    // The position below which a balance counts everything: behind eight bytes that tell what list a cursor is of.
    std::int64_t cursor(http_client& client) const {
        const auto shown =
            client.request("GET", "/api/v1/accounts/" + bank_ + "/balance", the_deployment().headers(), "");
        const auto text = json_string(shown.body, "cursor");
        return std::stoll(in_.query(
            "select ('x' || encode(substr(decode(translate('" + text +
            "', '-_', '+/'), 'base64'), 9, 8), 'hex'))::bit(64)::bigint"));
    }

    const postgres_server& at_;
    ledger_by_sql in_;
    std::string bank_, customer_;
    std::int64_t newest_; // of what was restored
};

// Restored, refused, served, told, served again.
void go_on(const postgres_server& at, const std::string& bank, const std::string& customer, std::string_view note) {
    const restored_books books{at, bank, customer};
    books.expect_nothing_is_written();
    auto server = books.serve();
    BOOST_TEST(server.metric("bursar_ledger_restored_total") == 1);
    books.expect_it_goes_on(server);
    books.expect_sound(note);
    server.restart();
    BOOST_TEST(server.metric("bursar_ledger_restored_total") == 0);
    books.expect_it_goes_on(server);
    books.expect_sound(note);
    BOOST_TEST(server.metric("bursar_ledger_in_another_cluster") == 0);
}

// A ledger with transfers that are sealed, and one that is not.
struct dumped_books {
    dumped_books() {
        const ledger_by_sql in{the_deployment().postgres(), the_deployment().org()};
        bank = in.account("asset");
        customer = in.account("liability");
        burn(the_deployment().postgres(), 5000);
        in.transfer(bank, customer, 100);
        wait_until_sealed(in);
        the_deployment().server().signal(SIGTERM);
        the_deployment().server().wait_exit();
        in.transfer(bank, customer, 5);
    }
    std::string bank, customer;
};

} // namespace

BOOST_AUTO_TEST_SUITE(restored_from_a_dump)

BOOST_FIXTURE_TEST_CASE(goes_on_with_lower_and_with_higher_transaction_ids, own_deployment) {
    const dumped_books dumped;
    const postgres_server lower{elsewhere};
    copy(the_deployment().postgres(), lower);
    BOOST_TEST(std::stoll(lower.query("select pg_current_xact_id()")) < 5000);
    go_on(lower, dumped.bank, dumped.customer, "note: went on in another cluster 1 times, the last at 20");

    const postgres_server higher{elsewhere};
    burn(higher, 10000);
    copy(lower, higher);
    go_on(higher, dumped.bank, dumped.customer, "note: went on in another cluster 2 times, the last at 20");
}

// And served by a binary that did not look.
BOOST_FIXTURE_TEST_CASE(before_clusters_were_known_is_mended_by_the_migration, own_deployment) {
    const dumped_books dumped;
    const postgres_server lower{elsewhere};
    copy(the_deployment().postgres(), lower);
    lower.query("create table kept as table ledger_clusters; drop table ledger_clusters; drop function "
                "position_base(), position_snapshot(), settle_cluster(); drop function refuse_unsettled() cascade; "
                "delete from schema_migrations where number = 20");
    const restored_books books{lower, dumped.bank, dumped.customer};
    const auto passed_over = books.transfer();
    const auto migrated = bursar_on(lower, "migrate --service-role bursar_service");
    BOOST_REQUIRE_MESSAGE(migrated.status == 0, migrated.text);
    lower.query("set session_replication_role = replica; insert into ledger_clusters table kept; drop table kept");
    BOOST_TEST(
        lower.query(
            "select count(distinct xid) from events where resource_id = '" + passed_over +
            "' and xid >= (1::bigint << 48)::text::xid8") == "1");
    auto server = books.serve();
    books.expect_it_goes_on(server);
    books.expect_sound("note: went on in another cluster 1 times");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::restore_test
