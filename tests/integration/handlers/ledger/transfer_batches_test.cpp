// What requests that share a commit do to each other: nothing.
#include "tests/integration/handlers/ledger/books.hpp"
#include "tests/support/ledger.hpp"
#include "tests/support/wait_for.hpp"

#include <boost/test/unit_test.hpp>

namespace bursar::tests::transfer_batches_test {

namespace {

double waiting() {
    return the_deployment().bursar().metric("bursar_ledger_queue_length");
}

// Requests that touch one account and therefore form one batch: they arrive while another batch keeps it.
class one_batch {
public:
    one_batch(books& b, const std::string& account)
        : shut_(b.shut(account)) {
        first_.send(b.connect(), transfers_path, transfer_body(b.world(), account, 1));
        shut_.wait_for_waiting(1);
    }

    together members;

    std::vector<reply> answers() {
        wait_for([&] { return waiting() >= static_cast<double>(members.size()); });
        shut_.open();
        BOOST_TEST(count_status(first_.answers(), 201) == 1U);
        return members.answers();
    }

private:
    gate shut_;
    together first_;
};

// Makes the database refuse some rows, as long as it lives.
class poison {
public:
    explicit poison(const std::string& errcode)
        : at_(the_deployment().postgres()) {
        at_.query(
            "create function refuse_poison() returns trigger language plpgsql as $$ begin if new.description = "
            "'poison' then raise exception 'poison' using errcode = '" +
            errcode +
            "'; end if; return new; end $$; create trigger poison before insert on transfers for each row "
            "execute function refuse_poison()");
    }
    ~poison() { at_.query("drop trigger poison on transfers; drop function refuse_poison()"); }
    poison(const poison&) = delete;
    poison& operator=(const poison&) = delete;

private:
    postgres_server& at_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(transfer_batches)

BOOST_AUTO_TEST_CASE(the_same_key_twice_in_one_batch_is_one_transfer) {
    books b;
    const auto wallet = b.wallet();
    const auto key = fresh_key();
    one_batch batch{b, wallet};
    for (int i = 0; i < 4; ++i)
        batch.members.send(b.connect(), transfers_path, transfer_body(b.world(), wallet, 10), key);
    const auto answers = batch.answers();
    BOOST_TEST(count_status(answers, 201) == 4U);
    std::size_t replayed = 0;
    for (const auto& answer : answers) {
        BOOST_TEST(answer.text == answers.front().text);
        replayed += answer.replayed ? 1U : 0U;
    }
    BOOST_TEST(replayed == 3U);
    BOOST_TEST(b.posted(wallet) == 11);
    BOOST_TEST(b.transfers() == 2);
    BOOST_TEST(b.broken() == "");
}

BOOST_AUTO_TEST_CASE(the_same_key_with_two_bodies_in_one_batch_is_one_transfer) {
    books b;
    const auto wallet = b.wallet();
    const auto key = fresh_key();
    one_batch batch{b, wallet};
    for (int i = 1; i <= 4; ++i)
        batch.members.send(b.connect(), transfers_path, transfer_body(b.world(), wallet, i), key);
    const auto answers = batch.answers();
    BOOST_TEST(count_status(answers, 201) == 1U);
    BOOST_TEST(count_code(answers, "IDEMPOTENCY_KEY_REUSED") == 3U);
    BOOST_TEST(b.transfers() == 2);
    BOOST_TEST(b.broken() == "");
}

// On different accounts the two are in different batches, and only the database can tell.
BOOST_AUTO_TEST_CASE(the_same_key_with_two_bodies_in_two_batches_is_one_transfer) {
    books b;
    for (int round = 0; round < 10; ++round) {
        const auto key = fresh_key();
        together both;
        for (const auto amount : {1, 2}) {
            const auto from = b.account();
            const auto to = b.account();
            both.send(b.connect(), transfers_path, transfer_body(from, to, amount), key);
        }
        const auto answers = both.answers();
        BOOST_TEST(count_status(answers, 201) == 1U);
        BOOST_TEST(count_code(answers, "IDEMPOTENCY_KEY_REUSED") == 1U);
    }
    BOOST_TEST(b.transfers() == 10);
    BOOST_TEST(b.broken() == "");
}

BOOST_AUTO_TEST_CASE(a_refused_member_leaves_its_neighbours_alone) {
    books b;
    const auto wallet = b.wallet(4);
    const auto target = b.wallet();
    one_batch batch{b, wallet}; // brings 1
    for (int i = 0; i < 12; ++i)
        batch.members.send(b.connect(), transfers_path, transfer_body(wallet, target, 1));
    const auto answers = batch.answers();
    BOOST_TEST(count_status(answers, 201) == 5U);
    BOOST_TEST(count_code(answers, "INSUFFICIENT_FUNDS") == 7U);
    BOOST_TEST(b.posted(wallet) == 0);
    BOOST_TEST(b.posted(target) == 5);
    BOOST_TEST(b.broken() == "");
}

BOOST_AUTO_TEST_CASE(a_batch_with_one_poisoned_member_is_taken_apart_until_it_stands_alone) {
    for (const auto* errcode : {"P0001", "check_violation"}) {
        books b;
        const auto wallet = b.wallet();
        const poison in_the_well{errcode};
        auto& server = the_deployment().bursar();
        const auto before = server.metric("bursar_ledger_bisections_total");
        one_batch batch{b, wallet};
        for (int i = 0; i < 15; ++i)
            batch.members.send(
                b.connect(), transfers_path,
                transfer_body(b.world(), wallet, 1, i == 6 ? R"(,"description":"poison")" : ""));
        const auto answers = batch.answers();
        BOOST_TEST(count_status(answers, 201) == 14U);
        BOOST_TEST(answers[6].status >= 400U, answers[6].text);
        BOOST_TEST(server.metric("bursar_ledger_bisections_total") - before >= 3);
        BOOST_TEST(b.posted(wallet) == 15);
        BOOST_TEST(b.transfers() == 15);
        BOOST_TEST(b.broken() == ""); // no event for it either
    }
}

// As if the last transfer had been recorded by a machine whose clock was ahead, by less than clocks may be.
BOOST_AUTO_TEST_CASE(recorded_at_and_ids_stay_in_order_after_a_clock_was_set_back) {
    books b;
    auto by = b.connect();
    const auto wallet = b.wallet();
    b.query("select ensure_entry_partitions(current_date, current_date + 2)");
    const ledger_by_sql ahead{b.postgres(), b.org()};
    auto last = ahead.query(
        "select " + ahead.transfer_sql(b.world(), wallet, 10, false, "clock_timestamp() + interval '900 ms'"));
    const auto then = b.query("select last_recorded_at from accounts where id = '" + wallet + "'");
    for (int i = 0; i < 3; ++i) {
        const auto made = by.post(transfers_path, transfer_body(b.world(), wallet, 1));
        BOOST_TEST(made.status == 201U);
        BOOST_TEST(made.id() > last);
        BOOST_TEST(b.query("select recorded_at > '" + then + "' from transfers where id = '" + made.id() + "'") == "t");
        last = made.id();
    }
    BOOST_TEST(b.broken() == "");
}

// By more than that: nobody is given the same time, and nobody else is held up.
BOOST_AUTO_TEST_CASE(an_account_of_the_future_is_left_alone) {
    books b;
    const auto ahead_of_all = b.wallet();
    const auto wallet = b.wallet();
    b.query("select ensure_entry_partitions(current_date, current_date + 41)");
    const ledger_by_sql ahead{b.postgres(), b.org()};
    ahead.query(
        "select " +
        ahead.transfer_sql(
            b.account({.type = "asset"}), ahead_of_all, 10, false, "clock_timestamp() + interval '40 days'"));
    const auto key = fresh_key();
    const auto no = b.connect().post(transfers_path, transfer_body(ahead_of_all, wallet, 1), key);
    BOOST_TEST(no.status == 503U, no.text);
    BOOST_TEST(no.code() == "DEPENDENCY_UNAVAILABLE");
    BOOST_TEST(b.query("select count(*) from transfer_refusals where org_id = '" + b.org() + "'") == "0");
    one_batch batch{b, wallet};
    batch.members.send(b.connect(), transfers_path, transfer_body(ahead_of_all, wallet, 1), key);
    for (int i = 0; i < 5; ++i)
        batch.members.send(b.connect(), transfers_path, transfer_body(b.world(), wallet, 1));
    const auto answers = batch.answers();
    BOOST_TEST(count_status(answers, 201) == 5U);
    BOOST_TEST(count_status(answers, 503) == 1U);
    BOOST_TEST(b.query("select last_recorded_at <= now() from accounts where id = '" + wallet + "'") == "t");
    BOOST_TEST(b.broken() == "");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::transfer_batches_test
