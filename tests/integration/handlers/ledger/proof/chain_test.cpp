// What the sealer takes into blocks and when, what the database keeps of them, and what an export shows.
#include "tests/integration/handlers/ledger/proof/fixture.hpp"
#include "tests/support/wait_for.hpp"

namespace bursar::tests::chain_test {

namespace {

struct books : ledger_by_sql {
    books()
        : ledger_by_sql(the_deployment().postgres())
        , bank(account("asset"))
        , customer(account("liability"))
        , other(account("liability")) {
        // Whoever opens a month keeps the next who would from going on until the end of the transaction.
        query("insert into ledger_periods (org_id, month) values ($org, month_of(now()))");
    }

    // The block that holds a transfer; empty when none does.
    std::string block_of(const std::string& transfer) const {
        return query(
            "select number from ledger_blocks where org_id = $org and '" + transfer + "' = any (transfer_ids)");
    }
    void wait_for_block_of(const std::string& transfer) const {
        wait_for([&] { return !block_of(transfer).empty(); });
    }

    std::string bank;
    std::string customer;
    std::string other;
};

std::string refusal(const books& in, const std::string& sql) {
    try {
        in.query(sql);
    } catch (const std::runtime_error& e) {
        return e.what();
    }
    return {};
}

} // namespace

BOOST_AUTO_TEST_SUITE(ledger_chain, *boost::unit_test::fixture<own_deployment>())

BOOST_AUTO_TEST_CASE(sealed_in_order_and_in_numbered_blocks) {
    const books in;
    // More than a block holds, in one transaction.
    in.query("select " + in.transfer_sql(in.bank, in.customer, 1) + " from generate_series(1, 250)");
    wait_until_sealed(in);
    in.transfer(in.bank, in.customer, 5);
    wait_until_sealed(in);
    BOOST_TEST(
        in.query("select string_agg(number || ':' || transfers || ':' || entries, ' ' order by number) "
                 "from ledger_blocks where org_id = $org") == "1:100:200 2:100:200 3:50:100 4:1:2");
    BOOST_TEST(
        in.query(
            "select (select array_agg(id order by number, place) from ledger_blocks, unnest(transfer_ids) with "
            "ordinality u (id, place) where org_id = $org) = (select array_agg(resource_id order by xid, seq) from "
            "events where org_id = $org)") == "t");
    expect_sound(in);
}

BOOST_AUTO_TEST_CASE(a_transfer_whose_transaction_is_open_is_left_out_until_it_ends) {
    const books in;
    open_transaction writer{the_deployment().postgres()};
    const auto open = writer.query("select " + in.transfer_sql(in.bank, in.customer, 5));
    const auto later = in.transfer(in.account("asset"), in.other, 7);
    in.wait_for_block_of(later);
    BOOST_TEST(in.block_of(open) == "");
    expect_sound(in);
    writer.commit();
    in.wait_for_block_of(open);
    BOOST_TEST(in.block_of(later) == "1");
    BOOST_TEST(in.block_of(open) == "2");
    expect_sound(in);
}

BOOST_AUTO_TEST_CASE(a_transfer_that_is_rolled_back_is_in_no_block) {
    const books in;
    std::string never;
    {
        open_transaction writer{the_deployment().postgres()};
        never = writer.query("select " + in.transfer_sql(in.bank, in.customer, 5));
    }
    in.wait_for_block_of(in.transfer(in.bank, in.customer, 7));
    BOOST_TEST(in.block_of(never) == "");
    expect_sound(in);
}

// The first writer has the lower xid, and then waits for the account until the second is done: in the feed its entry
// comes first, in the account second. A third that stays open would keep apart what is sealed by xid alone.
BOOST_AUTO_TEST_CASE(no_entry_is_sealed_without_those_before_it) {
    const books in;
    open_transaction first{the_deployment().postgres()};
    first.query("select pg_current_xact_id()");
    open_transaction between{the_deployment().postgres()};
    between.query("select pg_current_xact_id()");
    const auto earlier = in.transfer(in.bank, in.customer, 5);
    const auto later = first.query("select " + in.transfer_sql(in.bank, in.customer, 7));
    first.commit();
    BOOST_TEST(
        in.query(
            "select (select xid from events where org_id = $org and resource_id = '" + later +
            "') < (select xid from events where org_id = $org and resource_id = '" + earlier + "')") == "t");
    in.wait_for_block_of(later);
    BOOST_TEST(in.block_of(earlier) != "");
    expect_sound(in);
}

BOOST_AUTO_TEST_CASE(blocks_are_append_only) {
    const books in;
    in.transfer(in.bank, in.customer, 5);
    wait_until_sealed(in);
    for (const std::string change :
         {"update ledger_blocks set sealed_at = now() where org_id = $org",
          "delete from ledger_blocks where org_id = $org", "truncate ledger_blocks"})
        BOOST_TEST(refusal(in, change).find("is refused") != std::string::npos);
    const std::string copy = "insert into ledger_blocks (org_id, number, transfer_ids, entries, first_recorded_at, "
                             "sealed_at, content_hash, previous_hash, hash) select org_id, ";
    const std::string rest = ", hash from ledger_blocks where org_id = $org";
    const std::string columns = ", transfer_ids, entries, first_recorded_at, sealed_at, content_hash, ";
    BOOST_TEST(refusal(in, copy + "3" + columns + "hash" + rest).find("block 3 does not follow") != std::string::npos);
    BOOST_TEST(
        refusal(in, copy + "2" + columns + "previous_hash" + rest).find("block 2 does not follow") !=
        std::string::npos);
}

BOOST_AUTO_TEST_CASE(metrics_tell_of_blocks_and_lag) {
    const books in;
    const auto before = metric("bursar_ledger_blocks_sealed_total");
    in.transfer(in.bank, in.customer, 5);
    wait_for([&] { return metric("bursar_ledger_blocks_sealed_total") > before; });
    BOOST_TEST(metric("bursar_ledger_last_block_timestamp_seconds") > 1.7e9);
    wait_for([&] { return metric("bursar_ledger_seal_lag_seconds") < 10; });
}

BOOST_AUTO_TEST_CASE(an_export_is_checked_from_a_pipe_and_an_altered_one_is_not_sound) {
    const books in;
    for (int i = 0; i < 3; ++i) {
        in.transfer(in.bank, in.customer, 5);
        wait_until_sealed(in);
    }
    BOOST_TEST(check_chain(in.org()).says("3 blocks, 3 transfers, 6 entries: sound; keep 3:"));
    const auto expect = [&](const std::string& filter, std::string_view what) {
        const auto answer = check_chain(in.org(), {}, filter);
        BOOST_TEST(answer.status == 1);
        BOOST_TEST(answer.says(what), answer.text);
    };
    // Lines: four for each block, and the end.
    expect("sed '6s/\"legs\":1/\"legs\":2/'", "block 2: its transfers and entries are not those that were sealed");
    expect("sed '5,8d'", "block 2: missing; block 3 comes next");
    expect("sed '5s/\"sealed_at\":\"2/\"sealed_at\":\"3/'", "block 2: its hash is not that of what it says");
    expect("sed '$d'", "the export has no end; was it cut off?");
    expect("head -c -5", "not a line of an export; was it cut off?");
    expect("sed '9,12d'", "block 3: missing; the last block should be 3");
    expect("sed '2,4d;1s/\"archived\":false/\"archived\":true/'", "block 1: archived, which --archived 1 would allow");
}

BOOST_AUTO_TEST_CASE(a_chain_written_anew_is_found_by_a_hash_that_was_kept) {
    const books in;
    in.transfer(in.bank, in.customer, 5);
    wait_until_sealed(in);
    const auto hash = in.query("select encode(hash, 'hex') from ledger_blocks where org_id = $org and number = 1");
    in.tamper("update transfers set description = 'Changed' where org_id = $org; "
              "delete from ledger_blocks where org_id = $org; delete from ledger_seals where org_id = $org");
    in.transfer(in.bank, in.customer, 7);
    wait_until_sealed(in);
    expect_sound(in);
    const auto answer = check_chain(in.org(), "--kept 1:" + hash);
    BOOST_TEST(answer.status == 1);
    BOOST_TEST(answer.says("block 1: has another hash than was kept"), answer.text);
    BOOST_TEST(check_chain(in.org(), "--kept 9:" + hash).says("block 9: missing, and its hash was kept"));
}

// Months that are detached leave their hashes behind.
BOOST_AUTO_TEST_CASE(archived_months_are_followed_by_hash_alone) {
    const books in;
    const auto month = in.query("select to_char(now() - interval '28 days', 'YYYY_MM')");
    const std::string old_time = "now() - interval '28 days'";
    if (in.query("select to_char(now(), 'YYYY_MM')") == month)
        return; // on the last days of a month there is no old one that has its partition
    in.query("select " + in.transfer_sql(in.bank, in.customer, 5, false, old_time));
    wait_until_sealed(in);
    in.transfer(in.bank, in.customer, 7);
    wait_until_sealed(in);
    BOOST_TEST(check_chain(in.org()).says("2 blocks, 2 transfers, 4 entries: sound"));
    in.query(
        "insert into carried_balances select distinct on (account_id) org_id, account_id, recorded_at, seq, balance, "
        "pending_debits, pending_credits from entries_" +
        month + " order by account_id, recorded_at desc, seq desc");
    // And the month before it, which has a partition on the first days of a month.
    in.query(
        "do $$ declare old name; begin for old in select c.relname from pg_inherits i join pg_class c on "
        "c.oid = i.inhrelid where i.inhparent = 'entries'::regclass and c.relname <= 'entries_" +
        month + "' loop execute format('alter table entries detach partition %I', old); end loop; end $$");
    const auto proved = verify(in.org());
    BOOST_TEST(proved.status == 0, proved.text);
    BOOST_TEST(proved.says("2 transfers, 2 entries, 2 blocks (1 of them archived), "), proved.text);
    BOOST_TEST(check_chain(in.org()).says("block 1: archived, which --archived 1 would allow"));
    const auto checked = check_chain(in.org(), "--archived 1");
    BOOST_TEST(checked.status == 0, checked.text);
    BOOST_TEST(checked.says("2 blocks (1 of them archived, so not looked into), 1 transfers, 2 entries"), checked.text);
    in.query("update carried_balances set balance = balance + 1 where account_id = '" + in.bank + "'");
    BOOST_TEST(verify(in.org()).says("balance_chain"));
    in.query("update carried_balances set balance = balance - 1 where account_id = '" + in.bank + "'");
    BOOST_TEST(verify(in.org()).status == 0);
    in.tamper("delete from entries where org_id = $org and account_id = '" + in.bank + "'");
    BOOST_TEST(verify(in.org()).status == 1);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::chain_test
