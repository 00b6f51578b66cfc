// The API over a primary with a synchronous standby: 201 is said of nothing that a promoted standby would lack, neither
// by the first answer nor by its repetition.
#include "tests/faults/replication/replicated.hpp"
#include "tests/integration/handlers/ledger/books.hpp"
#include "tests/support/wait_for.hpp"

#include <boost/test/unit_test.hpp>

namespace bursar::tests::synchronous_test {

namespace {

struct request {
    std::string path;
    std::string body;
    std::string key = fresh_key();
};

struct serving {
    explicit serving(const std::string& timeout = "2")
        : on({{"BURSAR_REQUEST_TIMEOUT", timeout}, {"BURSAR_DB_BATCH_CONNECTIONS", "8"}}, true)
        , b(on)
        , pair(on.postgres()) {
        caller desk = b.connect();
        const auto ticket = [&] { return request{"/api/v1/tickets", ticket_body(desk.customer())}; };
        const auto move = [&](std::string_view more = {}) {
            return request{transfers_path, transfer_body(b.account({.type = "asset"}), b.wallet(), 1, more)};
        };
        const auto held = b.hold(b.world(), b.wallet(), 5);
        asked = {
            move(),
            move(R"(,"pending":true)"),
            {std::string{transfers_path} + "/" + held + "/post", "{}"},
            {"/api/v1/transfers/batch", R"({"atomic":true,"transfers":[)" + move().body + "]}"},
            ticket(),
            {"/api/v1/customers", R"({"name":"Grace"})"}};
        transfers_before = b.transfers();
    }

    // All of them at once.
    std::vector<reply> ask(std::uint16_t port) const {
        together all;
        for (const auto& each : asked)
            all.send(b.connect(port), each.path, each.body, each.key);
        return all.answers();
    }
    std::vector<reply> ask() const { return ask(on.port()); }

    // After a restart of PostgreSQL, whose connections come back one after the other.
    std::vector<reply> ask_reconnected() const {
        auto answers = ask();
        for (std::size_t i = 0; i < asked.size(); ++i)
            wait_for([&] {
                if (answers[i].code() == "DEPENDENCY_UNAVAILABLE")
                    answers[i] = b.connect().post(asked[i].path, asked[i].body, asked[i].key);
                return answers[i].code() != "DEPENDENCY_UNAVAILABLE";
            });
        return answers;
    }

    std::string url_of(const postgres_server& at) const {
        return "postgresql://bursar_service@127.0.0.1:" + std::to_string(at.port()) + "/postgres";
    }

    deployment on;
    books b;
    replicated pair;
    std::vector<request> asked;
    std::int64_t transfers_before = 0;
};

void check_unknown(const std::vector<reply>& answers) {
    for (const auto& answer : answers)
        BOOST_TEST(answer.code() == "OUTCOME_UNKNOWN", answer.text);
}

// A repetition finds its predecessor still waiting, and waits for its locks, or is told of it.
void check_not_done(const std::vector<reply>& answers) {
    for (const auto& answer : answers)
        BOOST_TEST(
            (answer.code() == "OUTCOME_UNKNOWN" || answer.code() == "DEADLINE_EXCEEDED" ||
             answer.code() == "IDEMPOTENCY_IN_FLIGHT"),
            answer.text);
}

void check_done(const std::vector<reply>& answers, bool replayed) {
    for (const auto& answer : answers) {
        BOOST_TEST((answer.status == 201 || answer.status == 200), answer.text);
        // The answer of a batch says it of each member.
        BOOST_TEST(
            (answer.replayed || answer.text.find(R"("replayed":true)") != std::string::npos) == replayed, answer.text);
    }
}

constexpr const char* made_by_now = "select (select count(*) from transfers) || ':' || (select count(*) from tickets)";

} // namespace

BOOST_AUTO_TEST_SUITE(synchronous_replication)

BOOST_AUTO_TEST_CASE(what_the_standby_lacks_is_never_acknowledged) {
    serving s;
    const auto before = s.pair.standby().query(made_by_now);
    s.pair.stop_standby();
    check_unknown(s.ask());
    check_not_done(s.ask());
    BOOST_TEST(s.on.postgres().times_logged("canceling wait for synchronous replication") == 0U);
    // Now the rows are there for everybody to see, and no backend is left that waits.
    s.on.postgres().kill();
    s.on.postgres().start();
    wait_for([&] { return s.b.connect().get("/api/v1/accounts").status == 200; });
    BOOST_TEST(s.b.transfers() == s.transfers_before + 4);
    check_unknown(s.ask_reconnected());
    s.on.postgres().kill();
    s.pair.standby().start();
    s.pair.promote();
    BOOST_TEST(s.pair.standby().query(made_by_now) == before);
    // Who was told that nobody knows asks again, and it is done.
    const bursar_server promoted{s.on.environment({{"DATABASE_URL", s.url_of(s.pair.standby())}})};
    check_done(s.ask(promoted.port()), false);
}

BOOST_AUTO_TEST_CASE(a_wait_that_an_administrator_cancels_acknowledges_nothing) {
    serving s;
    s.asked.erase(s.asked.begin() + 2); // a hold is posted once
    for (const std::string how : {"pg_cancel_backend", "pg_terminate_backend"}) {
        for (auto& each : s.asked)
            each.key = fresh_key();
        s.pair.stop_standby();
        together first;
        for (const auto& each : s.asked)
            first.send(s.b.connect(), each.path, each.body, each.key);
        s.pair.wait_for_waiting(3);
        s.pair.disturb_waiting(how);
        check_unknown(first.answers());
        check_not_done(s.ask());
        s.pair.start_standby();
        check_done(s.ask(), true);
        BOOST_TEST(s.pair.standby().query(made_by_now) == s.pair.primary().query(made_by_now));
    }
}

BOOST_AUTO_TEST_CASE(a_standby_that_comes_back_in_time_costs_nothing_but_the_wait) {
    serving s{"18"};
    s.pair.stop_standby();
    together all;
    for (const auto& each : s.asked)
        all.send(s.b.connect(), each.path, each.body, each.key);
    s.pair.wait_for_waiting(3);
    s.pair.start_standby();
    check_done(all.answers(), false);
    check_done(s.ask(), true);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::synchronous_test
