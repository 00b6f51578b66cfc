// What somebody with the database's password could do to the ledger, and that `bursar verify` names it; where entries
// or transfers are touched, the chain's independent checker too.
#include "tests/integration/handlers/ledger/proof/fixture.hpp"

#include <sstream>

namespace bursar::tests::verify_test {

namespace {

struct books : known_books {
    // Every transfer in a block before anything is done to it.
    books& sealed() {
        wait_until_sealed(*this);
        return *this;
    }

    std::string of(const std::string& transfer) const {
        return " where org_id = $org and transfer_id = '" + transfer + "'";
    }
    std::string row(const std::string& id) const { return " where org_id = $org and id = '" + id + "'"; }
};

std::string dollar_account(const ledger_by_sql& in) {
    return in.query(
        "insert into accounts (org_id, id, name, type, currency) values ($org, gen_random_uuid(), 'Dollars', "
        "'liability', 'USD') returning id");
}

struct leg {
    std::string debit;
    std::string credit;
    int amount;
};

// A transfer of two legs that says it is a conversion, in one transaction, so that it is sealed as such.
std::string converted(const books& in, const leg& base, const leg& quote, const std::string& rate) {
    const auto json = [](int number, const leg& l) {
        return R"({"leg":)" + std::to_string(number) + R"(,"debit":")" + l.debit + R"(","credit":")" + l.credit +
               R"(","amount":)" + std::to_string(l.amount) + "}";
    };
    return in.query(
        "select test_move($org, 'transfer', 'posted', null, '[" + json(0, base) + "," + json(1, quote) +
        "]'); set local session_replication_role = replica; update transfers set fx_leg = 0, fx_rate = " + rate +
        " where org_id = $org and legs = 2 returning id");
}

void expect_found(const printed& answer, std::initializer_list<std::string_view> invariants) {
    BOOST_TEST(answer.status == 1);
    for (const auto each : invariants)
        BOOST_TEST(answer.says(std::string{each} + ": organization"), each << " is not in:\n" << answer.text);
}

// Every line but the last is about a block's content.
void expect_found_by_the_chain_alone(const printed& answer) {
    expect_found(answer, {"chain_content"});
    std::istringstream lines{answer.text};
    for (std::string line; std::getline(lines, line);)
        BOOST_TEST((line.starts_with("chain_content: ") || line.starts_with("2 accounts, ")), line);
}

void expect_broken(const books& in, std::string_view what) {
    const auto answer = check_chain(in.org());
    BOOST_TEST(answer.status == 1);
    BOOST_TEST(answer.says(what), answer.text);
}

// The block of the transfer is the first that is not what was sealed.
void expect_altered(const books& in, const std::string& transfer) {
    const auto block =
        in.query("select number from ledger_blocks where org_id = $org and '" + transfer + "' = any (transfer_ids)");
    expect_broken(in, "block " + block + ": its transfers and entries are not those that were sealed");
}

} // namespace

BOOST_AUTO_TEST_SUITE(verify_finds_corruption, *boost::unit_test::fixture<own_deployment>())

BOOST_AUTO_TEST_CASE(sound_books_are_sound) {
    books in;
    const auto before = verify(in.org());
    BOOST_TEST(before.status == 0, before.text);
    BOOST_TEST(before.says("2 accounts, 9 transfers, 18 entries, "), before.text);
    BOOST_TEST(before.says(": sound\n"), before.text);
    in.sealed();
    const auto after = verify(in.org());
    BOOST_TEST(after.status == 0, after.text);
    const auto chain = check_chain(in.org());
    BOOST_TEST(chain.status == 0, chain.text);
    BOOST_TEST(chain.says("9 transfers, 18 entries: sound"), chain.text);
}

// Transfers of one and of several legs, holds posted in part, voided and reversed, backdated, with every optional
// field.
BOOST_AUTO_TEST_CASE(what_the_api_writes_is_sound) {
    const ledger_by_sql in{the_deployment().postgres(), the_deployment().org()};
    const auto bank = in.account("asset");
    const auto fees = in.account("income");
    const auto customer = in.account("liability");
    http_client client{the_deployment().port()};
    const auto post = [&](const std::string& path, const std::string& body) {
        const auto answer =
            client.request("POST", "/api/v1/transfers" + path, the_deployment().headers(fresh_key()), body);
        BOOST_REQUIRE_MESSAGE(answer.status == 201, answer.body);
        return json_string(answer.body, "id");
    };
    const auto leg = [](const std::string& debit, const std::string& credit, int amount) {
        return R"({"debit_account_id":")" + debit + R"(","credit_account_id":")" + credit + R"(","amount":)" +
               std::to_string(amount) + "}";
    };
    const auto two = "[" + leg(customer, bank, 40) + "," + leg(customer, fees, 2) + "]";
    post("", leg(bank, customer, 1000));
    post(
        "", R"({"legs":)" + two +
                R"(,"description":"A \"payout\" für Zoë \\","external_reference":"ref-1",)"
                R"("metadata":{"b":"1", "a":"2"},"effective_at":"2026-01-31T23:59:59.5+01:00"})");
    const auto held = R"({"pending":true,"expires_at":"2100-01-01T00:00:00Z","legs":)" + two + "}";
    const auto part = post("", held);
    post("/" + part + "/post", R"({"amounts":[30,0]})");
    post("/" + part + "/reverse", R"({"amounts":[5,0]})");
    post("/" + post("", held) + "/void", "");
    const auto whole = post("", held);
    post("/" + whole + "/post", "{}");
    post("/" + whole + "/reverse", R"({"amounts":[10,1]})");
    post("/" + whole + "/reverse", "{}");
    const auto dollars = dollar_account(in);
    const auto converted = R"({"debit_account_id":")" + customer + R"(","credit_account_id":")" + dollars +
                           R"(","amount":100,"credit_amount":109,"fx":{"rate":"1.0850","source":"ECB"})";
    post("/" + post("", converted + "}") + "/reverse", "{}");
    post("/" + post("", converted + R"(,"pending":true})") + "/post", "{}");
    const auto answer = verify(in.org());
    BOOST_TEST(answer.status == 0, answer.text);
    wait_until_sealed(in);
    const auto chain = check_chain(in.org());
    BOOST_TEST(chain.status == 0, chain.text);
    BOOST_TEST(chain.says(" 15 transfers, 58 entries: sound"), chain.text);
}

BOOST_AUTO_TEST_CASE(an_altered_rate_is_found) {
    books in;
    in.query(
        "insert into accounts (org_id, id, name, code, type, currency) select $org, gen_random_uuid(), c, 'fx:' || c, "
        "'equity', c from unnest(array['EUR', 'USD']) c");
    const auto clearing = [&](const std::string& currency) {
        return in.query("select id from accounts where org_id = $org and code = 'fx:" + currency + "'");
    };
    const auto made =
        converted(in, {in.customer, clearing("EUR"), 10}, {clearing("USD"), dollar_account(in), 11}, "1.1");
    in.sealed();
    const auto sound = verify(in.org());
    BOOST_TEST(sound.status == 0, sound.text);
    in.tamper("update transfers set fx_rate = 1.2" + in.row(made));
    expect_found(verify(in.org()), {"conversion_sound", "chain_content"});
    expect_altered(in, made);
    in.tamper("update transfers set fx_rate = 1.10" + in.row(made));
    const auto written_otherwise = verify(in.org());
    expect_found(written_otherwise, {"chain_content"});
    BOOST_TEST(!written_otherwise.says("conversion_sound"), written_otherwise.text);
}

BOOST_AUTO_TEST_CASE(a_conversion_that_is_none_is_found) {
    books in;
    converted(in, {in.customer, in.bank, 10}, {in.bank, in.customer, 11}, "1.1");
    in.sealed();
    expect_found(verify(in.org()), {"conversion_sound"});
    expect_broken(in, "no conversion of one currency into another");
}

BOOST_AUTO_TEST_CASE(an_account_without_entries_is_sound) {
    const ledger_by_sql in{the_deployment().postgres()};
    in.account();
    const auto answer = verify(in.org());
    BOOST_TEST(answer.status == 0);
    BOOST_TEST(answer.says("1 accounts, 0 transfers, 0 entries, 0 blocks, 3 facts in "), answer.text);
    BOOST_TEST(answer.says(" blocks: sound\n"), answer.text);
    const auto chain = check_chain(in.org());
    BOOST_TEST(chain.status == 0, chain.text);
}

BOOST_AUTO_TEST_CASE(an_accounts_balance_changed) {
    books in;
    in.sealed().tamper("update accounts set balance = balance + 1" + in.row(in.bank));
    const auto answer = verify(in.org());
    expect_found(answer, {"account_row", "currency_balanced"});
    BOOST_TEST(answer.says("account " + in.bank + ", seq 9: expected seq 9, balance 85, "), answer.text);
    BOOST_TEST(answer.says(", found seq 9, balance 86, "), answer.text);
}

BOOST_AUTO_TEST_CASE(an_accounts_pending_sum_changed) {
    books in;
    in.sealed().tamper("update accounts set pending_debits = pending_debits - 40" + in.row(in.customer));
    expect_found(verify(in.org()), {"account_row", "currency_balanced"});
}

BOOST_AUTO_TEST_CASE(an_entrys_amount_changed) {
    books in;
    in.sealed().tamper("update entries set amount = amount + 1" + in.of(in.second) + " and debit");
    expect_found(verify(in.org()), {"balance_chain", "legs_balanced", "amount_matches", "chain_content"});
    expect_altered(in, in.second);
}

BOOST_AUTO_TEST_CASE(an_entry_deleted) {
    books in;
    in.sealed().tamper("delete from entries" + in.of(in.second) + " and debit");
    expect_found(verify(in.org()), {"seq_gapless", "entry_count", "legs_balanced", "chain_content"});
    expect_altered(in, in.second);
}

BOOST_AUTO_TEST_CASE(an_entry_deleted_before_it_was_sealed) {
    books in;
    in.query(
        "select " + in.transfer_sql(in.bank, in.customer, 7) +
        "; set session_replication_role = replica; delete from entries where org_id = $org and account_id = '" +
        in.bank + "' and seq = 10");
    in.transfer(in.bank, in.customer, 8);
    in.sealed();
    expect_found(verify(in.org()), {"seq_gapless", "entry_count", "legs_balanced"});
    expect_broken(in, "leg 0: not one debit and one credit");
}

// Every row of it as it should be, but for the side that was never written.
BOOST_AUTO_TEST_CASE(a_one_sided_transfer) {
    books in;
    in.query(
        "select " + in.transfer_sql(in.bank, in.customer, 7) +
        "; set session_replication_role = replica; delete from entries where org_id = $org and account_id = '" +
        in.customer +
        "' and seq = 10"
        "; update accounts set seq = e.seq, balance = e.balance, pending_debits = e.pending_debits,"
        " pending_credits = e.pending_credits, last_recorded_at = e.recorded_at from entries e"
        " where accounts.org_id = $org and id = '" +
        in.customer +
        "' and e.org_id = $org and account_id = id"
        " and e.seq = 9");
    in.sealed();
    expect_found(verify(in.org()), {"legs_balanced", "entry_count", "currency_balanced"});
    expect_broken(in, "leg 0: not one debit and one credit");
}

BOOST_AUTO_TEST_CASE(a_pending_transfer_settled_twice) {
    books in;
    in.query("drop index if exists transfers_settled_once");
    in.post(in.posted, 5);
    in.sealed();
    expect_found(verify(in.org()), {"settled_once", "hold_released"});
    expect_broken(in, "posting ");
    expect_broken(in, "settles transfer " + in.posted + ", which is not pending");
}

BOOST_AUTO_TEST_CASE(more_posted_than_was_held) {
    books in;
    in.post(in.held, 41);
    in.sealed();
    const auto answer = verify(in.org());
    expect_found(answer, {"hold_exceeded"});
    BOOST_TEST(answer.says("transfer " + in.held + ", leg 0: expected at most 40 posted, found 41"), answer.text);
    expect_broken(in, "leg 0: posts 41 of 40 held");
}

BOOST_AUTO_TEST_CASE(more_reversed_than_was_posted) {
    books in;
    in.reverse(in.payout, 20);
    BOOST_TEST(verify(in.org()).status == 0);
    in.reverse(in.payout, 1);
    const auto answer = verify(in.org());
    expect_found(answer, {"reversal_exceeded", "reversal_recorded"});
    BOOST_TEST(answer.says("transfer " + in.payout + ", leg 0: expected at most 30 reversed, found 31"), answer.text);
}

BOOST_AUTO_TEST_CASE(a_transfers_header_changed_after_sealing) {
    books in;
    in.sealed().tamper("update transfers set description = 'Something else'" + in.row(in.first));
    expect_found_by_the_chain_alone(verify(in.org()));
    expect_altered(in, in.first);
}

BOOST_AUTO_TEST_CASE(a_transfers_state_changed) {
    books in;
    in.sealed().tamper("update transfers set state = 'voided'" + in.row(in.first));
    expect_found(verify(in.org()), {"settled_once"});
}

// Every amount, balance and sum of two accounts as if 1 more had been paid: nothing but the chain can tell.
BOOST_AUTO_TEST_CASE(an_entry_changed_everywhere_after_sealing) {
    books in;
    in.sealed().tamper(
        "update transfers set amount = amount + 1" + in.row(in.first) +
        "; update entries set amount = amount + case when debit then 1 else -1 end" + in.of(in.first) +
        "; update entries set balance = balance + case when account_id = '" + in.bank +
        "' then 1 else -1 end"
        " where org_id = $org; update accounts set balance = balance + case when id = '" +
        in.bank + "' then 1 else -1 end where org_id = $org");
    expect_found_by_the_chain_alone(verify(in.org()));
    expect_altered(in, in.first);
}

// The last one of both accounts, so that nothing is left that misses it.
BOOST_AUTO_TEST_CASE(a_transfer_deleted_without_a_trace_after_sealing) {
    books in;
    const auto gone = in.transfer(in.bank, in.customer, 7);
    in.sealed().tamper(
        "delete from entries" + in.of(gone) + "; delete from transfers" + in.row(gone) +
        "; update accounts set seq = e.seq, balance = e.balance, pending_debits = e.pending_debits,"
        " pending_credits = e.pending_credits, last_recorded_at = e.recorded_at from entries e"
        " where accounts.org_id = $org and e.org_id = $org and account_id = id and e.seq = 9");
    const auto answer = verify(in.org());
    expect_found(answer, {"chain_content", "chain_covers"});
    BOOST_TEST(answer.says(": 2 findings\n"), answer.text);
    expect_altered(in, gone);
}

BOOST_AUTO_TEST_CASE(a_transfer_slipped_in_past_the_chain) {
    books in;
    const auto secret =
        in.query("with made as (select " + in.transfer_sql(in.bank, in.customer, 7) + " as id) select id from made");
    in.tamper("delete from events where org_id = $org and resource_id = '" + secret + "'");
    if (in.query("select count(*) from ledger_blocks where org_id = $org and '" + secret + "' = any (transfer_ids)") !=
        "0")
        return; // the sealer was faster than the intruder
    const auto answer = verify(in.org());
    expect_found(answer, {"chain_covers"});
    BOOST_TEST(answer.says(secret), answer.text);
}

BOOST_AUTO_TEST_CASE(a_block_forged) {
    books in;
    in.sealed();
    in.transfer(in.bank, in.customer, 7);
    in.sealed().tamper("update ledger_blocks set content_hash = sha256('other') where org_id = $org and number = 1");
    expect_found(verify(in.org()), {"chain_linked", "chain_content"});
    expect_altered(in, in.first);
    in.tamper("delete from ledger_blocks where org_id = $org and number = 1");
    expect_found(verify(in.org()), {"chain_linked", "chain_covers"});
    expect_broken(in, "block 1: missing; block 2 comes next");
}

BOOST_AUTO_TEST_CASE(entries_without_account_or_transfer) {
    books in;
    in.sealed().tamper("delete from transfers" + in.row(in.second));
    expect_found(verify(in.org()), {"entry_transfer"});
    in.tamper("delete from accounts" + in.row(in.customer));
    const auto answer = verify(in.org());
    expect_found(answer, {"entry_account"});
    BOOST_TEST(answer.says("leg 0: expected account " + in.customer + ", found none"), answer.text);
}

BOOST_AUTO_TEST_CASE(a_limit_passed_in_the_past) {
    books in;
    in.tamper("update accounts set ceiling = 119" + in.row(in.customer));
    const auto answer = verify(in.org());
    expect_found(answer, {"limits_kept"});
    BOOST_TEST(answer.says("account " + in.customer + ", seq 2: "), answer.text);
}

BOOST_AUTO_TEST_CASE(a_bounded_number_is_printed_and_all_are_counted) {
    const ledger_by_sql in{the_deployment().postgres()};
    in.query("insert into accounts (org_id, id, name, type, currency) select $org, gen_random_uuid(), 'A', 'asset', "
             "'EUR' from generate_series(1, 150)");
    in.tamper("update accounts set seq = 1 where org_id = $org");
    const auto answer = verify(in.org());
    BOOST_TEST(answer.status == 1);
    BOOST_TEST(std::count(answer.text.begin(), answer.text.end(), '\n') == 102);
    BOOST_TEST(answer.says("50 more findings not printed\n"));
    BOOST_TEST(answer.says("150 accounts, 0 transfers, 0 entries, 0 blocks, "), answer.text);
    BOOST_TEST(answer.says(": 150 findings\n"), answer.text);
}

BOOST_AUTO_TEST_CASE(an_unknown_organization_is_no_sound_one) {
    const auto answer = verify("00000000-0000-7000-8000-000000000001");
    BOOST_TEST(answer.status == 65);
    BOOST_TEST(answer.says("no such organization"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::verify_test
