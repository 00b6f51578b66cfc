// Requests that meet, in two processes over one PostgreSQL: whoever comes first, the books are right and every key is
// answered alike.
#include "tests/faults/ledger/two_servers.hpp"
#include "tests/support/wait_for.hpp"

#include <boost/test/unit_test.hpp>

#include <array>

namespace bursar::tests::races_test {

namespace {

// Both processes are in the midst of a batch that wants the account; what is sent meanwhile waits behind it.
class both_busy {
public:
    both_busy(shared_books& b, const std::string& account)
        : shut_(b.shut(account)) {
        for (std::size_t server = 0; server < 2; ++server)
            first_.send(b.connect_to(server), transfers_path, transfer_body(b.world(), account, 1));
        shut_.wait_for_waiting(2);
    }

    together requests;

    std::vector<reply> answers() {
        wait_for([&] {
            return two_servers::shared().metric("bursar_ledger_queue_length") >= static_cast<double>(requests.size());
        });
        shut_.open();
        BOOST_TEST(count_status(first_.answers(), 201) == 2U);
        return requests.answers();
    }

private:
    gate shut_;
    together first_;
};

std::size_t count_replayed(const std::vector<reply>& all) {
    return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [](const auto& r) { return r.replayed; }));
}

constexpr std::string_view deadlock = "deadlock detected";

std::size_t deadlocks(const books& b) {
    return b.postgres().times_logged(deadlock);
}

// Clients that each send so many transfers, one after the other, and count what comes of them.
class clients {
public:
    template <class Body>
    void start(shared_books& b, std::size_t server, int times, Body body) {
        threads_.push_back(std::async(std::launch::async, [&b, server, times, body] {
            auto by = b.connect_to(server);
            std::vector<reply> all;
            for (int i = 0; i < times; ++i)
                all.push_back(by.post(transfers_path, body(i)));
            return all;
        }));
    }
    std::vector<reply> answers() {
        std::vector<reply> all;
        for (auto& thread : threads_)
            for (auto& answer : thread.get())
                all.push_back(std::move(answer));
        return all;
    }

private:
    std::vector<std::future<std::vector<reply>>> threads_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(ledger_races)

BOOST_AUTO_TEST_CASE(two_simultaneous_posts_of_one_pending_transfer_post_it_once) {
    shared_books b;
    const auto wallet = b.wallet(100);
    const auto held = b.hold(wallet, b.world(), 60);
    both_busy race{b, wallet};
    for (std::size_t i = 0; i < 6; ++i)
        race.requests.send(b.connect_to(i), verb_path(held, "post"));
    const auto answers = race.answers();
    BOOST_TEST(count_status(answers, 201) == 1U);
    BOOST_TEST(count_code(answers, "INVALID_STATE") == 5U);
    BOOST_TEST(b.posted(wallet) == 42); // the two that kept the processes busy brought 2
    BOOST_TEST(b.broken() == "");
}

BOOST_AUTO_TEST_CASE(a_post_and_a_void_at_once_are_one_of_the_two) {
    shared_books b;
    for (int round = 0; round < 5; ++round) {
        const auto wallet = b.wallet(100);
        const auto held = b.hold(wallet, b.world(), 60);
        both_busy race{b, wallet};
        for (std::size_t i = 0; i < 4; ++i)
            race.requests.send(b.connect_to(i + i / 2), verb_path(held, i % 2 == 0 ? "post" : "void"));
        const auto answers = race.answers();
        BOOST_TEST(count_status(answers, 201) == 1U);
        BOOST_TEST(count_code(answers, "INVALID_STATE") == 3U);
    }
    BOOST_TEST(b.broken() == "");
}

BOOST_AUTO_TEST_CASE(the_same_key_from_two_processes_is_one_transfer) {
    shared_books b;
    const auto wallet = b.wallet();
    const auto key = fresh_key();
    both_busy race{b, wallet};
    for (std::size_t i = 0; i < 6; ++i)
        race.requests.send(b.connect_to(i), transfers_path, transfer_body(b.world(), wallet, 10), key);
    const auto answers = race.answers();
    BOOST_TEST(count_status(answers, 201) == 6U);
    BOOST_TEST(count_replayed(answers) == 5U);
    for (const auto& answer : answers)
        BOOST_TEST(answer.text == answers.front().text);
    BOOST_TEST(b.posted(wallet) == 12);
    BOOST_TEST(b.broken() == "");
}

BOOST_AUTO_TEST_CASE(the_same_key_with_two_bodies_from_two_processes_is_one_transfer) {
    shared_books b;
    for (int round = 0; round < 20; ++round) {
        const auto key = fresh_key();
        const bool apart = round % 2 == 1; // no account is in both, so nothing but the key keeps them from each other
        const std::array from{apart ? b.wallet(1) : b.world(), apart ? b.wallet(1) : b.world()};
        const auto before = b.transfers();
        together both;
        for (std::size_t i = 0; i < 2; ++i)
            both.send(b.connect_to(i), transfers_path, transfer_body(from[i], b.account(), 1), key);
        const auto answers = both.answers();
        BOOST_TEST(count_status(answers, 201) == 1U);
        BOOST_TEST(count_code(answers, "IDEMPOTENCY_KEY_REUSED") == 1U);
        BOOST_TEST(b.transfers() == before + 1);
    }
    BOOST_TEST(b.broken() == "");
}

// One process finds too little and is about to say so, when the money comes and the other does what was asked.
BOOST_AUTO_TEST_CASE(a_key_is_not_refused_by_one_process_and_done_by_the_other) {
    shared_books b;
    const auto wallet = b.wallet();
    const auto key = fresh_key();
    const auto body = transfer_body(wallet, b.world(), 5);
    b.query(
        "create function wait_before_refusal() returns trigger language plpgsql as $$ begin perform "
        "pg_advisory_xact_lock_shared(4711); return new; end $$; create trigger wait_before_refusal before insert on "
        "transfer_refusals for each row execute function wait_before_refusal()");
    const gate shut{b.postgres(), "select pg_advisory_xact_lock(4711)"};
    together answers;
    answers.send(b.connect_to(0), transfers_path, body, key);
    shut.wait_for_waiting(1);
    answers.send(b.connect_to(1), transfers_path, transfer_body(b.world(), wallet, 5));
    answers.send(b.connect_to(1), transfers_path, body, key);
    // The refusal keeps the others waiting, or it does not: either is well when both answers are the same.
    b.postgres().wait_until(
        "select (select count(distinct pid) > 1 from pg_locks where not granted) or (select count(*) = 2 from "
        "transfers "
        "where org_id = '" +
            b.org() + "')",
        "t");
    shut.open();
    const auto all = answers.answers();
    b.query("drop trigger wait_before_refusal on transfer_refusals; drop function wait_before_refusal()");
    BOOST_TEST(all[0].status == all[2].status, all[0].text << all[2].text);
    BOOST_TEST(b.broken() == "");
}

BOOST_AUTO_TEST_CASE(refunds_at_once_sum_to_at_most_the_whole) {
    shared_books b;
    const auto wallet = b.wallet();
    const auto paid = b.transfer(b.world(), wallet, 100);
    both_busy race{b, wallet};
    for (std::size_t i = 0; i < 8; ++i)
        race.requests.send(b.connect_to(i), verb_path(paid, "reverse"), i < 4 ? R"({"amount":40})" : "");
    const auto answers = race.answers();
    const auto done = count_status(answers, 201);
    BOOST_TEST((done == 1U || done == 2U)); // all at once, or twice 40
    BOOST_TEST(done + count_code(answers, "AMOUNT_EXCEEDED") == 8U);
    BOOST_TEST(b.posted(wallet) == (count_status({answers.begin() + 4, answers.end()}, 201) == 1U ? 2 : 22));
    BOOST_TEST(b.broken() == "");
}

BOOST_AUTO_TEST_CASE(a_race_for_the_last_money_is_won_by_as_many_as_it_pays_for) {
    shared_books b;
    const auto wallet = b.wallet(5);
    const auto shop = b.wallet();
    both_busy race{b, wallet}; // brings 2
    for (std::size_t i = 0; i < 24; ++i)
        race.requests.send(
            b.connect_to(i), transfers_path, transfer_body(wallet, shop, 1, i % 3 == 0 ? R"(,"pending":true)" : ""));
    const auto answers = race.answers();
    BOOST_TEST(count_status(answers, 201) == 7U);
    BOOST_TEST(count_code(answers, "INSUFFICIENT_FUNDS") == 17U);
    BOOST_TEST(b.query("select -balance - pending_debits from accounts where id = '" + wallet + "'") == "0");
    BOOST_TEST(b.broken() == "");
}

BOOST_AUTO_TEST_CASE(opposite_transfers_do_not_wait_for_each_other) {
    shared_books b;
    const auto before = deadlocks(b);
    std::vector<std::string> wallets;
    for (int i = 0; i < 4; ++i)
        wallets.push_back(b.wallet(1000));
    clients all;
    for (std::size_t i = 0; i < 8; ++i)
        all.start(b, i, 40, [&wallets, i](int n) {
            const auto at = static_cast<std::size_t>(n) + i;
            return transfer_body(wallets[at % 4], wallets[(at + 1 + i % 3) % 4], 1);
        });
    BOOST_TEST(count_status(all.answers(), 201) == 320U);
    BOOST_TEST(deadlocks(b) == before, b.postgres().log(deadlock));
    BOOST_TEST(b.broken() == "");
}

// Postings and reversals lock their targets too.
BOOST_AUTO_TEST_CASE(what_settles_and_what_moves_do_not_wait_for_each_other) {
    shared_books b;
    const auto before = deadlocks(b);
    const auto wallet = b.wallet(1000);
    const auto shop = b.wallet(1000);
    for (int round = 0; round < 3; ++round) {
        std::vector<std::string> holds;
        for (int i = 0; i < 30; ++i)
            holds.push_back(b.hold(i % 2 == 0 ? wallet : shop, i % 2 == 0 ? shop : wallet, 1));
        clients moving;
        for (std::size_t i = 0; i < 4; ++i)
            moving.start(
                b, i, 30, [&, i](int) { return transfer_body(i < 2 ? wallet : shop, i < 2 ? shop : wallet, 1); });
        together settling;
        for (std::size_t i = 0; i < 60; ++i)
            settling.send(b.connect_to(i), verb_path(holds[i / 2], i % 2 == 0 ? "post" : "void"));
        const auto settled = settling.answers();
        BOOST_TEST(count_status(settled, 201) == 30U);
        BOOST_TEST(count_code(settled, "INVALID_STATE") == 30U);
        BOOST_TEST(count_status(moving.answers(), 201) == 120U);
    }
    BOOST_TEST(deadlocks(b) == before, b.postgres().log(deadlock));
    BOOST_TEST(b.broken() == "");
}

BOOST_AUTO_TEST_CASE(a_hot_account_is_in_every_transfer_of_both_processes) {
    shared_books b;
    const auto hot = b.wallet();
    clients all;
    for (std::size_t i = 0; i < 16; ++i) {
        const auto other = b.account();
        all.start(
            b, i, 25, [&hot, other, i](int) { return transfer_body(other, hot, static_cast<std::int64_t>(i) + 1); });
    }
    const auto answers = all.answers();
    BOOST_TEST(count_status(answers, 201) == 400U);
    BOOST_TEST(b.posted(hot) == 25 * (16 * 17 / 2));
    BOOST_TEST(b.query("select seq from accounts where id = '" + hot + "'") == "400");
    BOOST_TEST(b.broken() == "");
}

BOOST_AUTO_TEST_CASE(an_overdue_hold_is_let_go_once) {
    shared_books b;
    auto by = b.connect();
    const auto wallet = b.wallet(100);
    const auto expires = b.query("select to_char(now() at time zone 'UTC' + interval '1 s', "
                                 "'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')");
    for (int i = 0; i < 5; ++i)
        BOOST_TEST(
            by.post(
                  transfers_path,
                  transfer_body(wallet, b.world(), 10, R"(,"pending":true,"expires_at":")" + expires + "\""))
                .status == 201U);
    b.postgres().wait_until(
        "select count(*) from transfers where kind = 'transfer' and state = 'expired' and org_id = '" + b.org() + "'",
        "5");
    BOOST_TEST(b.query("select pending_debits from accounts where id = '" + wallet + "'") == "0");
    BOOST_TEST(b.transfers() == 11);
    BOOST_TEST(b.broken() == "");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::races_test
