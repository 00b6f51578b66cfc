// What somebody else sees of the ledger while two processes write: never half of anything, and everything in the end.
#include "server/time.hpp"
#include "tests/faults/ledger/careful_client.hpp"
#include "tests/faults/ledger/feed.hpp"
#include "tests/faults/ledger/two_servers.hpp"
#include "tests/support/wait_for.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <set>
#include <thread>

namespace bursar::tests::readers_test {

namespace {

// Clients of both processes that move, hold, post and void between a few wallets until they are told to stop.
class load {
public:
    explicit load(shared_books& b)
        : b_(b) {
        for (int i = 0; i < 4; ++i)
            wallets_.push_back(b.wallet(1000));
        for (std::size_t i = 0; i < 6; ++i)
            threads_.emplace_back([this, i] { work(i); });
    }
    ~load() { stop(); }
    load(const load&) = delete;
    load& operator=(const load&) = delete;

    const std::vector<std::string>& wallets() const noexcept { return wallets_; }
    std::size_t done() const noexcept { return done_; }
    void wait_for_more(std::size_t transfers) const {
        const auto goal = done_ + transfers;
        wait_for([&] { return done_ >= goal; });
    }
    void stop() {
        stop_ = true;
        for (auto& thread : threads_)
            if (thread.joinable())
                thread.join();
    }

private:
    void work(std::size_t number) {
        auto by = b_.connect_to(number);
        for (std::size_t n = number; !stop_; ++n) {
            const auto& from = wallets_[n % 4];
            const auto& to = wallets_[(n + 1 + number % 3) % 4];
            if (n % 3 == 0)
                by.post(transfers_path, two_legs(from, to));
            else if (n % 3 == 1)
                by.post(transfers_path, transfer_body(from, to, 7));
            else
                settle(by, by.post(transfers_path, transfer_body(from, to, 9, R"(,"pending":true)")), n);
            ++done_;
        }
    }
    static void settle(caller& by, const reply& held, std::size_t n) {
        if (held.status == 201)
            by.post(verb_path(held.id(), n % 2 == 0 ? "post" : "void"));
    }
    std::string two_legs(const std::string& from, const std::string& to) const {
        return R"({"legs":[)" + transfer_body(from, b_.world(), 3) + "," + transfer_body(b_.world(), to, 3) + "]}";
    }

    shared_books& b_;
    std::vector<std::string> wallets_;
    std::atomic<bool> stop_{false};
    std::atomic<std::size_t> done_{0};
    std::vector<std::thread> threads_;
};

// Looks again and again, while so many transfers are made; the first answer that is not the wanted one, or that.
std::string watch(load& writers, const sql_session& by, const std::string& sql, const std::string& wanted) {
    const auto goal = writers.done() + 300;
    for (std::size_t looks = 0; writers.done() < goal || looks < 50; ++looks)
        if (auto seen = by.query(sql); seen != wanted)
            return seen;
    return wanted;
}

} // namespace

BOOST_AUTO_TEST_SUITE(ledger_readers)

BOOST_AUTO_TEST_CASE(a_balance_and_its_entry_are_one_commit) {
    shared_books b;
    load writers{b};
    const sql_session by{b.postgres()};
    const auto sql =
        "select count(*) from accounts a left join lateral (select * from entries e where e.account_id = a.id "
        "order by e.recorded_at desc, e.seq desc limit 1) e on true where a.org_id = '" +
        b.org() +
        "' and (a.seq, a.balance, a.pending_debits, a.pending_credits) is distinct from "
        "(coalesce(e.seq, 0), coalesce(e.balance, 0), coalesce(e.pending_debits, 0), "
        "coalesce(e.pending_credits, 0))";
    BOOST_TEST(watch(writers, by, sql, "0") == "0");
}

BOOST_AUTO_TEST_CASE(a_reader_never_sees_one_side_of_a_transfer) {
    shared_books b;
    load writers{b};
    const sql_session by{b.postgres()};
    const auto of = " where org_id = '" + b.org() + "'";
    BOOST_TEST(
        watch(
            writers, by,
            "select sum(balance) || ' ' || sum(pending_debits - pending_credits) || ' ' || (select sum(amount) from "
            "entries" +
                of + ") from accounts" + of,
            "0 0 0") == "0 0 0");
}

BOOST_AUTO_TEST_CASE(every_rule_of_the_books_holds_at_every_moment) {
    shared_books b;
    load writers{b};
    const sql_session by{b.postgres()};
    writers.wait_for_more(20);
    for (int looks = 0; looks < 40; ++looks)
        BOOST_TEST_REQUIRE(broken_rules(by, b.org()) == "");
}

// What PostgreSQL refuses at the last moment, in COMMIT itself, has left neither transfer nor event behind.
BOOST_AUTO_TEST_CASE(no_event_tells_of_a_write_that_was_rolled_back) {
    shared_books b;
    auto by = b.connect_to(0);
    const auto wallet = b.wallet();
    b.query(
        "create function refuse_late() returns trigger language plpgsql as $$ begin if new.description = 'late' then "
        "raise exception 'late'; end if; return new; end $$; create constraint trigger refuse_late after insert on "
        "transfers deferrable initially deferred for each row execute function refuse_late()");
    feed reader{b.postgres(), b.org()};
    std::size_t made = 0;
    for (int i = 0; i < 10; ++i) {
        const auto late = i % 2 == 0;
        const auto answer =
            by.post(transfers_path, transfer_body(b.world(), wallet, 1, late ? R"(,"description":"late")" : ""));
        BOOST_TEST((answer.status == 201) == !late, answer.text);
        made += answer.status == 201 ? 1U : 0U;
    }
    b.query("drop trigger refuse_late on transfers; drop function refuse_late()");
    wait_for([&] {
        reader.read();
        return reader.seen().size() >= made;
    });
    BOOST_TEST(reader.seen().size() == made);
    BOOST_TEST(b.query("select count(*) from events where org_id = '" + b.org() + "'") == std::to_string(made));
    BOOST_TEST(b.posted(wallet) == static_cast<std::int64_t>(made));
    BOOST_TEST(b.broken() == "");
}

// Each ends with what it says, and the next begins there: by the end that it was given, by now, or by nothing.
BOOST_AUTO_TEST_CASE(statements_that_follow_each_other_hold_every_entry_once) {
    shared_books b;
    load writers{b};
    const auto& wallet = writers.wallets().front();
    std::vector<std::int64_t> seqs;
    std::string from;
    std::size_t reader = 0;
    const auto read = [&](const std::string& to) {
        auto by = b.connect_to(reader++);
        std::string cursor;
        std::string end;
        do {
            const auto page = by.get(
                "/api/v1/accounts/" + wallet + "/statement?limit=100" + (from.empty() ? "" : "&from=" + from) + to +
                (cursor.empty() ? "" : "&cursor=" + cursor));
            if (page.status != 200)
                throw std::runtime_error("no statement: " + page.text);
            for (const auto& line : page.data().at("lines").as_array())
                seqs.push_back(line.at("seq").as_int64());
            end = reply::text_of(page.data(), "to");
            cursor = page.next_cursor();
        } while (!cursor.empty());
        from = end;
    };
    const auto goal = writers.done() + 600;
    while (writers.done() < goal)
        read(reader % 2 == 0 ? "" : "&to=" + bursar::server::to_rfc3339(bursar::server::now()));
    writers.stop();
    read("");
    std::string seen;
    for (const auto seq : seqs)
        seen += std::to_string(seq) + ",";
    BOOST_TEST(
        seen == b.query(
                    "select coalesce(string_agg(seq || ',', '' order by seq), '') from entries where amount <> 0 and "
                    "account_id = '" +
                    wallet + "'"));
    BOOST_TEST(reader > 10U);
}

BOOST_AUTO_TEST_CASE(what_was_read_as_of_a_time_is_what_is_read_of_it_later) {
    shared_books b;
    load writers{b};
    struct look {
        std::string path;
        boost::json::value data;
    };
    std::vector<look> looks;
    const auto goal = writers.done() + 400;
    for (std::size_t i = 0; writers.done() < goal; ++i) {
        auto by = b.connect_to(i);
        const auto& wallet = writers.wallets()[i % 4];
        const auto at = bursar::server::to_rfc3339(bursar::server::now());
        const auto balance = by.get("/api/v1/accounts/" + wallet + "/balance?at=" + at).data();
        looks.push_back(
            {"/api/v1/accounts/" + wallet + "/balance?at=" + reply::text_of(balance.at("as_of"), "at"), balance});
        const auto present = by.get("/api/v1/accounts/" + wallet + "/balance").data();
        looks.push_back(
            {"/api/v1/accounts/" + wallet + "/balance?at=" + reply::text_of(present.at("as_of"), "at"), present});
        const auto sums = by.get("/api/v1/trial-balance").data();
        looks.push_back({"/api/v1/trial-balance?at=" + reply::text_of(sums, "at"), sums});
    }
    writers.stop();
    auto by = b.connect_to(0);
    for (const auto& each : looks) {
        auto again = by.get(each.path).data();
        auto then = each.data;
        if (auto* const as_of = then.as_object().if_contains("as_of"))
            as_of->at("cursor") = nullptr; // only the present has one
        BOOST_TEST(again == then, each.path);
    }
}

// A transaction that takes its place in the feed early and commits late is passed over by who reads what is there, and
// not by who reads below the snapshot's xmin.
BOOST_AUTO_TEST_CASE(a_cursor_skips_no_late_commit) {
    shared_books b;
    feed careful{b.postgres(), b.org()};
    feed careless{b.postgres(), b.org(), true};
    load writers{b};
    writers.wait_for_more(20);
    for (int round = 0; round < 3; ++round) {
        const gate late{
            b.postgres(), "insert into events (org_id, type, resource_id) values ('" + b.org() +
                              "', 'transfer.late', gen_random_uuid())"};
        writers.wait_for_more(60);
        for (int i = 0; i < 10; ++i) {
            careful.read();
            careless.read();
        }
        late.open();
        writers.wait_for_more(20);
    }
    writers.stop();
    const auto total = std::stoul(b.query("select count(*) from events where org_id = '" + b.org() + "'"));
    wait_for([&] {
        careful.read();
        careless.read();
        return careful.seen().size() >= total;
    });
    BOOST_TEST(careful.seen().size() == total);
    BOOST_TEST((std::set<std::string>(careful.seen().begin(), careful.seen().end()).size()) == total);
    BOOST_TEST(careless.seen().size() < total); // or else this test shows nothing
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::readers_test
