// Processes, PostgreSQL and connections that end at the worst moment: what was acknowledged is there, nothing is there
// twice, and a repetition with the key tells what became of the rest.
#include "tests/faults/ledger/careful_client.hpp"
#include "tests/faults/ledger/two_servers.hpp"
#include "tests/support/postgres_proxy.hpp"
#include "tests/support/wait_for.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <set>
#include <thread>

namespace bursar::tests::crashes_test {

using namespace std::chrono_literals;

namespace {

// A server whose way to PostgreSQL can be cut, beside one that needs none.
struct behind_proxy {
    behind_proxy()
        : on({}, true)
        , way(on.postgres())
        , server(on.environment({{"DATABASE_URL", way.url()}}))
        , b(on)
        , wallet(b.wallet()) {}

    // Of a transfer that the proxy knows by its description.
    std::string body() const {
        auto out = transfer_body(b.world(), wallet, 1);
        return out.insert(out.rfind('}'), R"(,"description":")" + std::string{mark} + '"');
    }
    void next_commit(postgres_proxy::at_commit what) { way.next_commit(what, std::string{mark}); }

    static constexpr std::string_view mark{"watched by the proxy"};

    deployment on;
    postgres_proxy way;
    bursar_server server;
    books b;
    std::string wallet;
};

// Clients that bring 1 to a wallet each time, and keep what they were told.
class bringers {
public:
    bringers(two_servers& to, books& b)
        : to_(to)
        , b_(b) {
        for (std::size_t i = 0; i < 6; ++i)
            threads_.emplace_back([this, i] { work(i); });
    }
    ~bringers() { finish(); }
    bringers(const bringers&) = delete;
    bringers& operator=(const bringers&) = delete;

    void wait_for_more(std::size_t transfers) const {
        const auto goal = done_ + transfers;
        wait_for([&] { return done_ >= goal; }, 60s);
    }
    void finish() {
        stop_ = true;
        for (auto& thread : threads_)
            if (thread.joinable())
                thread.join();
    }
    // Everything acknowledged is there, once, and nothing else.
    void check() {
        finish();
        BOOST_TEST(failure_ == "");
        std::set<std::string> there;
        for (const auto& row :
             sql_session{b_.postgres()}.rows("select id from transfers where org_id = '" + b_.org() + "'"))
            there.insert(row[0]);
        BOOST_TEST(there.size() == acknowledged_.size());
        BOOST_TEST((there == std::set<std::string>(acknowledged_.begin(), acknowledged_.end())));
        BOOST_TEST(b_.broken() == "");
    }

private:
    void work(std::size_t number) {
        careful_client by{b_.key(), {to_.port(number), to_.port(number + 1)}, number};
        const auto wallet = b_.account();
        try {
            while (!stop_) {
                const auto made = by.post(transfers_path, transfer_body(b_.world(), wallet, 1));
                const std::lock_guard lock{mutex_};
                acknowledged_.push_back(made.status == 201 ? made.id() : made.text);
                ++done_;
            }
        } catch (const std::exception& unexpected) {
            const std::lock_guard lock{mutex_};
            failure_ = unexpected.what();
        }
    }

    two_servers& to_;
    books& b_;
    std::atomic<bool> stop_{false};
    std::atomic<std::size_t> done_{0};
    std::mutex mutex_;
    std::vector<std::string> acknowledged_;
    std::string failure_;
    std::vector<std::thread> threads_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(ledger_crashes)

BOOST_AUTO_TEST_CASE(a_crash_between_commit_and_answer_is_told_by_the_key) {
    behind_proxy p;
    const auto key = fresh_key();
    p.next_commit(postgres_proxy::at_commit::hold_answer);
    auto asked = std::async(std::launch::async, [&, by = p.b.connect(p.server.port())]() mutable {
        return by.post(transfers_path, p.body(), key);
    });
    p.way.wait_until_befallen();
    BOOST_TEST(p.b.posted(p.wallet) == 1); // committed
    p.server.kill();
    BOOST_CHECK_THROW(asked.get(), std::exception); // and nobody was told
    p.server.start();
    for (const auto port : {p.server.port(), p.on.port()}) {
        const auto again = p.b.connect(port).post(transfers_path, p.body(), key);
        BOOST_TEST(again.status == 201U);
        BOOST_TEST(again.replayed);
    }
    BOOST_TEST(p.b.posted(p.wallet) == 1);
    BOOST_TEST(p.b.transfers() == 1);
    BOOST_TEST(p.b.broken() == "");
}

BOOST_AUTO_TEST_CASE(a_connection_lost_during_commit_leaves_an_unknown_outcome_that_the_key_tells) {
    behind_proxy p;
    std::int64_t made = 0;
    for (const auto what : {postgres_proxy::at_commit::lose_request, postgres_proxy::at_commit::lose_answer}) {
        const auto committed = what == postgres_proxy::at_commit::lose_answer;
        const auto key = fresh_key();
        p.next_commit(what);
        const auto first = p.b.connect(p.server.port()).post(transfers_path, p.body(), key);
        BOOST_TEST(first.status == 503U);
        BOOST_TEST(first.code() == "OUTCOME_UNKNOWN");
        BOOST_TEST(p.b.transfers() == made + (committed ? 1 : 0));
        careful_client by{p.b.key(), {p.server.port()}, 1};
        const auto again = by.post(transfers_path, p.body(), key);
        BOOST_TEST(again.status == 201U);
        BOOST_TEST(again.replayed == committed);
        BOOST_TEST(p.b.transfers() == ++made);
    }
    BOOST_TEST(p.b.posted(p.wallet) == made);
    BOOST_TEST(p.b.broken() == "");
}

// All members of the batch are in doubt together, refused ones too, and a repetition tells each of its own.
BOOST_AUTO_TEST_CASE(a_batch_lost_during_commit_is_told_member_by_member) {
    behind_proxy p;
    const auto busy = p.b.shut(p.wallet);
    together first;
    first.send(p.b.connect(p.server.port()), transfers_path, p.body());
    busy.wait_for_waiting(1);
    together members;
    std::vector<std::pair<std::string, std::string>> requests;
    for (int i = 0; i < 8; ++i) {
        requests.emplace_back(i % 4 == 3 ? transfer_body(p.wallet, p.b.world(), 1000) : p.body(), fresh_key());
        members.send(p.b.connect(p.server.port()), transfers_path, requests.back().first, requests.back().second);
    }
    wait_for([&] { return p.server.metric("bursar_ledger_queue_length") >= 8; });
    busy.open();
    BOOST_TEST(count_status(first.answers(), 201) == 1U);
    const auto answers = members.answers();
    BOOST_TEST(count_status(answers, 201) + count_status(answers, 422) == 8U);

    p.next_commit(postgres_proxy::at_commit::lose_answer);
    const auto again = p.b.shut(p.wallet);
    first.send(p.b.connect(), transfers_path, p.body()); // of the other server: keeps the account
    again.wait_for_waiting(1);
    for (auto& [body, key] : requests) {
        key = fresh_key();
        members.send(p.b.connect(p.server.port()), transfers_path, body, key);
    }
    again.wait_for_waiting(2);
    again.open();
    first.answers();
    const auto doubtful = members.answers();
    BOOST_TEST(count_code(doubtful, "OUTCOME_UNKNOWN") >= 1U);
    careful_client by{p.b.key(), {p.server.port(), p.on.port()}, 1};
    for (std::size_t i = 0; i < requests.size(); ++i) {
        const auto told = by.post(transfers_path, requests[i].first, requests[i].second);
        BOOST_TEST(told.status == (i % 4 == 3 ? 422U : 201U), told.text);
    }
    BOOST_TEST(p.b.posted(p.wallet) == 1 + 6 + 1 + 6);
    BOOST_TEST(p.b.broken() == "");
}

BOOST_AUTO_TEST_CASE(postgres_killed_in_the_middle_of_a_batch_leaves_nothing_of_it) {
    deployment on{{}, true};
    const books b{on};
    const auto wallet = b.wallet();
    b.query(
        "create function wait_in_batch() returns trigger language plpgsql as $$ begin perform "
        "pg_advisory_xact_lock_shared(4711); return null; end $$; create trigger wait_in_batch after insert on events "
        "for each statement execute function wait_in_batch()");
    const auto key = fresh_key();
    const auto body = transfer_body(b.world(), wallet, 1);
    together asked;
    {
        const gate shut{b.postgres(), "select pg_advisory_xact_lock(4711)"};
        asked.send(b.connect(), transfers_path, body, key);
        shut.wait_for_waiting(1); // transfer, entries and events are written
        on.postgres().kill();
    }
    BOOST_TEST(count_status(asked.answers(), 503) == 1U);
    on.postgres().start();
    BOOST_TEST(b.transfers() == 0);
    BOOST_TEST(b.query("select count(*) from events where org_id = '" + b.org() + "'") == "0");
    careful_client by{b.key(), {on.port()}, 1};
    const auto again = by.post(transfers_path, body, key);
    BOOST_TEST(again.status == 201U);
    BOOST_TEST(!again.replayed);
    BOOST_TEST(b.posted(wallet) == 1);
    BOOST_TEST(b.broken() == "");
}

BOOST_AUTO_TEST_CASE(what_was_acknowledged_survives_postgres_killed_at_any_moment) {
    two_servers two{{}, true};
    books b{two.first};
    bringers clients{two, b};
    for (int round = 0; round < 4; ++round) {
        clients.wait_for_more(40);
        two.first.postgres().kill();
        two.first.postgres().start();
    }
    clients.wait_for_more(40);
    clients.check();
}

BOOST_AUTO_TEST_CASE(what_was_acknowledged_survives_servers_killed_at_any_moment) {
    two_servers two{{}, true};
    books b{two.first};
    bringers clients{two, b};
    for (int round = 0; round < 4; ++round) {
        clients.wait_for_more(40);
        (round % 2 == 0 ? two.second : two.first.bursar()).restart(); // by -9
    }
    clients.wait_for_more(40);
    clients.check();
}

BOOST_AUTO_TEST_CASE(terminated_backends_cost_repetitions_and_nothing_else) {
    two_servers two{{}, true};
    books b{two.first};
    bringers clients{two, b};
    for (int round = 0; round < 20; ++round) {
        clients.wait_for_more(10);
        b.query("select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name = 'bursar'");
    }
    clients.check();
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::crashes_test
