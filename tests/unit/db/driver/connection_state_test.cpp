#include "db/driver/connection_state.hpp"
#include "tests/unit/db/driver/pipeline_replies.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <vector>

namespace bursar::tests::connection_state_test {

using namespace bursar::db;
using namespace std::chrono_literals;
using phase = connection_state::phase;
using remedy = connection_state::remedy;
using time_point = connection_state::time_point;

namespace {

constexpr std::uint64_t least = 0;
constexpr std::uint64_t most = 1023;
const connect_failure refused_connection{"connection refused"};

struct one_cluster {
    time_point fail(connection_state& at, std::uint64_t chance = least) {
        return at.fail(refused_connection, now, chance);
    }
    // What the server answers with; true: it is stayed with.
    static bool meet(connection_state& at, server_identity shown, const std::string& session) {
        at.identify();
        return !at.read(shown, session, std::nullopt) && !at.admit("db", "5432");
    }
    void connect(connection_state& at, const std::string& session = "7") {
        if (at.now_in() == phase::closed)
            at.open(now);
        at.attempt(now);
        BOOST_REQUIRE(meet(at, {1, 1}, session));
        at.establish();
    }
    const std::string& trouble(bool leads = true) { return agreed.reach(leads).trouble(); }

    prometheus::Registry registry;
    cluster agreed{registry, [] {}};
    connection_state state{agreed, true, 5s};
    pipeline sent;
    time_point now{1h};
};

} // namespace

BOOST_AUTO_TEST_SUITE(connection_states)

BOOST_FIXTURE_TEST_CASE(the_first_attempt_comes_at_once_and_has_its_time, one_cluster) {
    BOOST_TEST((state.now_in() == phase::closed));
    BOOST_TEST((state.open(now) == now));
    BOOST_TEST((state.now_in() == phase::waiting));
    BOOST_TEST((state.attempt(now) == now + 5s));
    BOOST_TEST((state.now_in() == phase::connecting));
    BOOST_TEST(!state.usable());
}

BOOST_FIXTURE_TEST_CASE(the_longest_pauses_double_to_two_seconds, one_cluster) {
    state.open(now);
    for (const auto pause : {50ms, 100ms, 200ms, 400ms, 800ms, 1600ms, 2000ms, 2000ms, 2000ms})
        BOOST_TEST((fail(state, most) == now + pause - 1ms), pause.count());
}

BOOST_FIXTURE_TEST_CASE(the_shortest_pauses_are_half_of_those, one_cluster) {
    state.open(now);
    for (const auto pause : {25ms, 50ms, 100ms, 200ms, 400ms, 800ms, 1000ms, 1000ms}) {
        BOOST_TEST((fail(state) == now + pause), pause.count());
        BOOST_TEST((state.now_in() == phase::waiting));
    }
    for (int many = 0; many < 100; ++many)
        BOOST_TEST((fail(state, most + 1) == now + 1000ms)); // chance begins again
}

BOOST_FIXTURE_TEST_CASE(a_connection_that_stood_is_tried_again_at_once_and_then_with_the_first_pause, one_cluster) {
    state.open(now);
    for (int i = 0; i < 5; ++i)
        fail(state);
    connect(state);
    BOOST_TEST((state.lose("gone", now) == now));
    BOOST_TEST((state.now_in() == phase::waiting));
    BOOST_TEST((fail(state) == now + 25ms));
}

BOOST_FIXTURE_TEST_CASE(it_is_away_from_a_failed_attempt_to_the_next_connection, one_cluster) {
    connect(state);
    state.lose("gone", now);
    BOOST_TEST(!state.away());
    fail(state);
    BOOST_TEST(state.away());
    connect(state);
    BOOST_TEST(!state.away());
    state.lose("gone", now);
    fail(state);
    state.close();
    BOOST_TEST(!state.away());
}

BOOST_FIXTURE_TEST_CASE(an_attempt_is_of_one_epoch_with_its_wait_and_what_follows_is_of_another, one_cluster) {
    std::vector<std::uint64_t> over{state.epoch()};
    const auto begins = [&](phase expected) {
        for (const auto each : over)
            BOOST_TEST((state.seen_from(each) == phase::closed), each);
        BOOST_TEST((state.seen_from(state.epoch()) == expected));
        over.push_back(state.epoch());
    };
    state.open(now);
    begins(phase::waiting);
    state.attempt(now);
    BOOST_TEST((state.seen_from(over.back()) == phase::connecting));
    fail(state);
    begins(phase::waiting);
    state.attempt(now);
    BOOST_REQUIRE(meet(state, {1, 1}, "7"));
    BOOST_TEST((state.seen_from(over.back()) == phase::identifying));
    state.establish();
    begins(phase::ready);
    state.lose("gone", now);
    begins(phase::waiting);
    state.close();
    begins(phase::closed);
    state.open(now);
    begins(phase::waiting);
}

BOOST_FIXTURE_TEST_CASE(what_the_first_server_shows_the_others_are_to_show_too, one_cluster) {
    state.open(now);
    state.attempt(now);
    BOOST_TEST(meet(state, {1, 3}, "7"));
    BOOST_TEST(!state.usable()); // not before it is established
    state.establish();
    BOOST_TEST(state.usable());
    BOOST_TEST(agreed.timeline() == 3);

    for (const server_identity shown : {server_identity{2, 3}, server_identity{1, 2}}) {
        connection_state other{agreed, true, 5s};
        other.identify();
        BOOST_TEST(!other.read(shown, "8", std::nullopt).has_value());
        const auto no = other.admit("db", "5432");
        BOOST_REQUIRE(no.has_value());
        BOOST_TEST(no->next_host);
        BOOST_TEST(no->why.reason == agreed.objection(shown));
        BOOST_TEST(agreed.refused_for() == agreed.objection(shown));
        other.fail(no->why, now, least);
        BOOST_TEST(other.last_error() == no->why.reason);
        BOOST_TEST(meet(other, {1, 3}, "8"));
        BOOST_TEST(std::string{agreed.refused_for()}.empty());
    }
}

BOOST_FIXTURE_TEST_CASE(who_only_reads_reports_teaches_nothing_and_is_refused_all_the_same, one_cluster) {
    connect(state);
    connection_state reports{agreed, false, 5s};
    BOOST_TEST(meet(reports, {1, 9}, "8"));
    BOOST_TEST(agreed.timeline() == 1);
    fail(reports);
    BOOST_TEST(trouble().empty());
    BOOST_TEST(!trouble(false).empty());
    BOOST_TEST(!meet(reports, {2, 1}, "8"));
    BOOST_TEST(std::string{agreed.refused_for()}.empty());
}

BOOST_FIXTURE_TEST_CASE(a_setting_that_forbids_writes_ends_the_attempt_of_who_writes, one_cluster) {
    for (const std::string setting :
         {"default_transaction_read_only is on", "session_replication_role is not origin"}) {
        const auto no = state.read({1, 1}, "7", setting);
        BOOST_REQUIRE(no.has_value());
        BOOST_TEST(no->reason == setting);
        connection_state reports{agreed, false, 5s};
        BOOST_TEST(!reports.read({1, 1}, "8", setting).has_value());
    }
    // What is told of it is ours.
    BOOST_TEST(state.read({1, 1}, "7", "another")->text() == "session_replication_role is not origin");
}

BOOST_FIXTURE_TEST_CASE(a_server_that_shows_nothing_is_not_admitted, one_cluster) {
    state.identify();
    const auto no = state.admit("db", "5432");
    BOOST_REQUIRE(no.has_value());
    BOOST_TEST(no->why.text() == "connection closed");
    BOOST_TEST(!no->next_host);
}

BOOST_FIXTURE_TEST_CASE(two_connections_do_not_have_one_session, one_cluster) {
    connect(state, "7");
    connection_state second{agreed, true, 5s};
    for (int attempt = 0; attempt < 2; ++attempt) { // a refusal does not take it from who has it
        BOOST_TEST(!second.read({1, 1}, "7", std::nullopt).has_value());
        const auto no = second.admit("db", "5432");
        BOOST_REQUIRE(no.has_value());
        BOOST_TEST(no->why.text().find("pooler") != std::string::npos);
        BOOST_TEST(!no->next_host);
        second.fail(no->why, now, least);
    }
    BOOST_TEST(!second.read({1, 1}, "7", std::nullopt).has_value());
    BOOST_TEST(!second.admit("db", "5433").has_value()); // another server's
}

BOOST_FIXTURE_TEST_CASE(a_session_is_free_again_however_its_connection_ends, one_cluster) {
    const auto is_free = [&] { return meet(*std::make_unique<connection_state>(agreed, true, 5s), {1, 1}, "7"); };
    connect(state, "7");
    BOOST_TEST(!is_free());
    state.lose("gone", now);
    BOOST_TEST(is_free());
    BOOST_TEST(is_free()); // the one that looked has gone too
    BOOST_TEST(meet(state, {1, 1}, "7"));
    fail(state);
    BOOST_TEST(is_free());
    connect(state, "7");
    state.close();
    BOOST_TEST(is_free());
}

BOOST_FIXTURE_TEST_CASE(a_server_that_another_was_promoted_over_is_left, one_cluster) {
    connect(state);
    BOOST_TEST((state.objection() == nullptr));
    agreed.learn({1, 2});
    BOOST_TEST(!state.usable());
    BOOST_REQUIRE((state.objection() != nullptr));
    const auto due = state.overdue(sent, now);
    BOOST_TEST((due.what == remedy::drop));
    BOOST_TEST(due.why == state.objection());
    state.lose(due.why, now);
    BOOST_TEST(meet(state, {1, 2}, "7"));
}

BOOST_FIXTURE_TEST_CASE(a_server_that_became_read_only_answers_what_was_sent_and_is_left, one_cluster) {
    connect(state);
    BOOST_TEST(!state.served_out(sent));
    operation op{sending::read, now + 1s};
    send_read(sent, op);
    state.became_read_only();
    BOOST_TEST(!state.usable());
    BOOST_TEST(!state.served_out(sent));
    answer(sent);
    BOOST_TEST(state.served_out(sent));
    state.lose("read-only", now);
    connect(state);
    BOOST_TEST(state.usable());
    BOOST_TEST(!state.served_out(sent));
}

BOOST_FIXTURE_TEST_CASE(a_broken_connection_is_dropped_for_what_broke_it, one_cluster) {
    connect(state);
    BOOST_TEST(state.cause("closed by the server") == "closed by the server");
    state.broken("57P01 terminating");
    BOOST_TEST(state.is_broken());
    BOOST_TEST(!state.usable());
    BOOST_TEST(state.cause("closed by the server") == "57P01 terminating");
    const auto due = state.overdue(sent, now);
    BOOST_TEST((due.what == remedy::drop));
    BOOST_TEST(due.why == "57P01 terminating");
    state.lose(due.why, now);
    connect(state);
    BOOST_TEST(state.usable());
    state.broken();
    BOOST_TEST(!state.usable());
}

BOOST_FIXTURE_TEST_CASE(the_last_error_is_the_one_that_ended_the_last_attempt_or_connection, one_cluster) {
    state.open(now);
    state.fail({"password refused", "28P01"}, now, least);
    BOOST_TEST(state.last_error() == "password refused (28P01)");
    BOOST_TEST(trouble() == "password refused (28P01)");
    connect(state);
    state.lose("gone", now);
    BOOST_TEST(state.last_error() == "gone");
}

BOOST_FIXTURE_TEST_CASE(trouble_is_over_with_the_last_connection_that_had_it, one_cluster) {
    connection_state second{agreed, true, 5s};
    connection_state third{agreed, true, 5s};
    for (auto* const each : {&state, &second, &third})
        for (int twice = 0; twice < 2; ++twice) // the second failure counts no more
            fail(*each);
    second.close();
    connect(third, "8");
    BOOST_TEST(trouble() == "connection refused");
    connect(state, "7");
    BOOST_TEST(trouble().empty());
}

BOOST_FIXTURE_TEST_CASE(a_read_past_its_deadline_is_cancelled_once_and_dropped_when_that_does_not_help, one_cluster) {
    connect(state);
    operation first{sending::read, now};
    operation second{sending::read, now};
    send_read(sent, first);
    send_read(sent, second);
    BOOST_TEST((state.overdue(sent, now + 249ms).what == remedy::none));
    BOOST_TEST((state.overdue(sent, now + 250ms).what == remedy::cancel));
    BOOST_TEST((state.overdue(sent, now + 1250ms).what == remedy::none));
    BOOST_TEST((state.overdue(sent, now + 1251ms).what == remedy::drop));
    answer(sent);
    BOOST_TEST((state.overdue(sent, now + 1251ms).what == remedy::cancel)); // the next one has a request of its own
    BOOST_TEST((state.overdue(sent, now + 2251ms).what == remedy::none));
    answer(sent);
    BOOST_TEST((state.overdue(sent, now + 1h).what == remedy::none));
}

BOOST_FIXTURE_TEST_CASE(a_request_to_cancel_is_forgotten_with_its_connection, one_cluster) {
    connect(state);
    operation op{sending::read, now};
    send_read(sent, op);
    BOOST_TEST((state.overdue(sent, now + 250ms).what == remedy::cancel));
    state.lose("gone", now);
    BOOST_TEST((state.overdue(sent, now + 1h).what == remedy::none)); // there is no connection
    connect(state);
    BOOST_TEST((state.overdue(sent, now + 1h).what == remedy::cancel));
}

BOOST_FIXTURE_TEST_CASE(a_write_and_a_transaction_past_their_deadline_are_given_up_and_not_cancelled, one_cluster) {
    connect(state);
    for (const auto rule : {sending::write, sending::transaction}) {
        pipeline each;
        operation op{rule, now};
        each.push(role::statement, &op);
        BOOST_TEST((state.overdue(each, now + 249ms).what == remedy::none));
        BOOST_TEST((state.overdue(each, now + 250ms).what == remedy::give_up));
    }
}

BOOST_FIXTURE_TEST_CASE(what_has_no_deadline_is_never_overdue, one_cluster) {
    connect(state);
    sent.push(role::housekeeping, nullptr);
    BOOST_TEST((state.overdue(sent, now + 1h).what == remedy::none));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::connection_state_test
