#include "tests/unit/db/driver/pipeline_replies.hpp"

#include <boost/test/unit_test.hpp>

namespace bursar::tests::pipeline_test {

using namespace bursar::db;
using bursar::server::steady_clock;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(pipeline_queue)

BOOST_AUTO_TEST_CASE(a_read_ends_with_its_reply) {
    pipeline p;
    operation op{sending::read, never};
    p.push(role::prepare, &op);
    send_read(p, op);
    p.push(role::sync, nullptr);
    BOOST_TEST((answer(p).step == next::nothing));
    const auto v = answer(p);
    BOOST_TEST((v.step == next::finish));
    BOOST_TEST(v.what == &op);
    BOOST_TEST((p.on_sync().step == next::nothing));
    BOOST_TEST(p.empty());
}

BOOST_AUTO_TEST_CASE(a_write_ends_with_its_sync) {
    pipeline p;
    operation op{sending::write, never};
    send_write(p, op);
    BOOST_TEST((answer(p).step == next::nothing));
    BOOST_TEST((p.on_sync().step == next::finish));
    BOOST_TEST(!op.failed);
}

BOOST_AUTO_TEST_CASE(an_error_at_the_sync_of_a_write_is_the_writes) {
    pipeline p;
    operation op{sending::write, never};
    send_write(p, op);
    answer(p);
    BOOST_TEST((refuse(p, refused()).step == next::finish));
    BOOST_TEST((code(op) == errc::conflict));
    BOOST_TEST((p.on_sync().step == next::nothing));
}

// libpq hands a warning over as soon as it has read it, which may be before what came earlier was taken.
BOOST_AUTO_TEST_CASE(a_warning_at_the_commit_of_a_write_leaves_it_in_doubt) {
    for (const bool early : {true, false}) {
        pipeline p;
        operation op{sending::write, never};
        send_write(p, op);
        if (early)
            p.doubt();
        answer(p);
        if (!early)
            p.doubt();
        BOOST_TEST((p.on_sync().step == next::finish));
        BOOST_TEST((code(op) == errc::outcome_unknown));
    }
}

BOOST_AUTO_TEST_CASE(a_warning_at_commit_leaves_a_transaction_in_doubt) {
    for (const int before : {1, 2}) {
        pipeline p;
        operation op{sending::transaction, never};
        send_commit(p, op);
        for (int slot = 0; slot < 3; ++slot) {
            if (slot == before)
                p.doubt();
            answer(p);
        }
        BOOST_TEST((p.on_sync().step == next::finish));
        BOOST_TEST((code(op) == errc::outcome_unknown));
        BOOST_TEST(op.committed);
    }
}

BOOST_AUTO_TEST_CASE(a_warning_concerns_the_operation_at_the_head_alone) {
    pipeline p;
    operation first{sending::write, never};
    operation second{sending::write, never};
    send_write(p, first);
    send_write(p, second);
    answer(p);
    p.doubt();
    p.on_sync();
    answer(p);
    p.on_sync();
    BOOST_TEST(first.failed);
    BOOST_TEST(!second.failed);
    p.doubt(); // nobody's
}

BOOST_AUTO_TEST_CASE(what_may_commit_is_known_while_it_is_in_flight_though_its_caller_has_gone) {
    pipeline p;
    operation read{sending::read, never};
    send_read(p, read);
    p.push(role::sync, nullptr);
    BOOST_TEST(!p.may_commit());
    operation op{sending::transaction, never};
    send_commit(p, op);
    p.abandon(op);
    BOOST_TEST(p.may_commit()); // behind a read, and nobody's
    answer(p);
    p.on_sync();
    for (int slot = 0; slot < 3; ++slot)
        answer(p);
    BOOST_TEST(!p.may_commit());
    p.on_sync();
    operation write{sending::write, never};
    send_write(p, write);
    BOOST_TEST(p.may_commit());
    operation_list finished, again;
    p.lose("gone", finished, again);
    BOOST_TEST(!p.may_commit());
    finished.clear();
    again.clear();
}

BOOST_AUTO_TEST_CASE(a_server_that_ends_during_the_commit_of_a_write_leaves_it_in_doubt) {
    pipeline p;
    operation op{sending::write, never};
    send_write(p, op);
    answer(p);
    refuse(p, shut_down());
    BOOST_TEST((code(op) == errc::outcome_unknown));
}

BOOST_AUTO_TEST_CASE(a_server_that_ends_before_the_reply_of_a_write_has_not_done_it) {
    pipeline p;
    operation op{sending::write, never};
    send_write(p, op);
    BOOST_TEST((refuse(p, shut_down()).step == next::finish));
    BOOST_TEST((code(op) == errc::dependency_unavailable));
}

BOOST_AUTO_TEST_CASE(neighbours_of_an_error_are_sent_again_then_alone_then_no_more) {
    operation bystander{sending::read, never};
    for (int round = 1; round <= pipeline::resends_at_most + 1; ++round) {
        pipeline p;
        operation bad{sending::read, never};
        send_read(p, bad);
        send_read(p, bystander);
        p.push(role::sync, nullptr);
        BOOST_TEST((refuse(p, refused()).what == &bad));
        const auto v = abort(p);
        BOOST_TEST(v.what == &bystander);
        const bool again = round <= pipeline::resends_at_most;
        BOOST_TEST((v.step == (again ? next::send_again : next::finish)));
        BOOST_TEST(bystander.alone == (round >= pipeline::resends_in_company));
        p.on_sync();
    }
}

BOOST_AUTO_TEST_CASE(what_an_error_aborts_that_is_nobodys_is_not_done) {
    operation write{sending::write, never};
    operation transaction{sending::transaction, never};
    for (auto* const op : {&write, &transaction}) {
        pipeline p;
        p.push(role::housekeeping, nullptr); // in the same group, a DEALLOCATE say
        op == &write ? send_write(p, *op) : send_commit(p, *op);
        refuse(p, refused());
        while (p.head().kind != role::sync)
            abort(p);
        BOOST_TEST((p.on_sync().step == next::finish));
        BOOST_TEST((code(*op) == errc::dependency_unavailable));
        BOOST_TEST(!op->committed);
    }
}

BOOST_AUTO_TEST_CASE(a_failed_preparation_fails_its_statement_only) {
    pipeline p;
    operation op{sending::read, never};
    operation other{sending::read, never};
    p.push(role::prepare, &op);
    send_read(p, op);
    send_read(p, other);
    p.push(role::sync, nullptr);
    BOOST_TEST((refuse(p, refused(errc::internal)).what == &op));
    BOOST_TEST((abort(p).step == next::nothing));
    BOOST_TEST((abort(p).step == next::send_again));
}

BOOST_AUTO_TEST_CASE(a_stale_plan_sends_even_a_write_again_because_nothing_was_done) {
    pipeline p;
    operation op{sending::write, never};
    send_write(p, op);
    BOOST_TEST((refuse(p, stale()).step == next::send_again));
    BOOST_TEST((p.on_sync().step == next::nothing));
    send_write(p, op);
    answer(p);
    BOOST_TEST((p.on_sync().what == &op));
    BOOST_TEST(!op.failed);
}

BOOST_AUTO_TEST_CASE(a_lost_connection_sends_reads_again_once_and_leaves_writes_in_doubt) {
    operation reading{sending::read, never};
    operation writing{sending::write, never};
    operation_list finished;
    operation_list again;
    pipeline p;
    send_read(p, reading);
    p.push(role::sync, nullptr);
    send_write(p, writing);
    p.lose("gone", finished, again);
    BOOST_TEST(p.empty());
    BOOST_TEST(&again.front() == &reading);
    BOOST_TEST(&finished.front() == &writing);
    BOOST_TEST((code(writing) == errc::outcome_unknown));
    again.clear();
    finished.clear();
    send_read(p, reading);
    p.lose("gone", finished, again);
    BOOST_TEST(&finished.front() == &reading);
    BOOST_TEST((code(reading) == errc::dependency_unavailable));
    finished.clear();
}

BOOST_AUTO_TEST_CASE(a_transaction_is_in_doubt_only_from_its_commit_to_the_answer_of_it) {
    const auto lost_after = [](int replies, bool commits) {
        pipeline p;
        operation op{sending::transaction, never};
        if (commits) {
            send_commit(p, op);
        } else {
            p.push(role::auxiliary, &op);
            p.push(role::statement, &op);
            p.push(role::sync, &op);
        }
        for (int i = 0; i < replies; ++i)
            answer(p);
        operation_list finished;
        operation_list again;
        p.lose("gone", finished, again);
        BOOST_TEST(finished.size() == 1U);
        finished.clear();
        return op.failed ? std::optional{code(op)} : std::nullopt;
    };
    BOOST_TEST((lost_after(0, false) == errc::dependency_unavailable));
    BOOST_TEST((lost_after(2, false) == errc::dependency_unavailable));
    BOOST_TEST((lost_after(0, true) == errc::outcome_unknown));
    BOOST_TEST((lost_after(2, true) == errc::outcome_unknown));
    BOOST_TEST((lost_after(3, true) == std::nullopt));
}

BOOST_AUTO_TEST_CASE(a_server_that_ends_behind_the_answer_to_a_commit_takes_nothing_back) {
    pipeline p;
    operation op{sending::transaction, never};
    send_commit(p, op);
    for (int i = 0; i < 3; ++i)
        answer(p);
    BOOST_TEST((refuse(p, shut_down()).step == next::nothing));
    operation_list finished;
    operation_list again;
    p.lose("gone", finished, again);
    BOOST_TEST(finished.size() == 1U);
    BOOST_TEST(!op.failed);
    finished.clear();
}

BOOST_AUTO_TEST_CASE(a_commit_answered_with_rollback_is_a_failure) {
    pipeline p;
    operation op{sending::transaction, never};
    op.commits = true;
    p.push(role::commit, &op);
    p.push(role::sync, &op);
    p.on_rows(rows{}, "ROLLBACK");
    p.end_of_reply();
    BOOST_TEST((p.on_sync().step == next::finish));
    BOOST_TEST(op.failed);
}

BOOST_AUTO_TEST_CASE(the_first_error_of_a_transaction_step_is_its_outcome) {
    pipeline p;
    operation op{sending::transaction, never};
    send_commit(p, op);
    BOOST_TEST((refuse(p, refused()).step == next::nothing));
    abort(p);
    abort(p);
    BOOST_TEST((p.on_sync().step == next::finish));
    BOOST_TEST((code(op) == errc::conflict));
}

BOOST_AUTO_TEST_CASE(a_reply_that_did_not_begin_does_not_end) {
    pipeline p;
    operation op{sending::transaction, never};
    send_commit(p, op);
    BOOST_TEST(!p.end_of_reply());
    p.on_rows(rows{}, "");
    BOOST_TEST(p.end_of_reply());
    BOOST_TEST(!p.end_of_reply());
    operation_list finished, again;
    p.lose("gone", finished, again);
    BOOST_TEST(finished.size() == 1U);
    BOOST_TEST((code(op) == errc::outcome_unknown));
    BOOST_TEST(!p.end_of_reply());
    finished.clear();
}

BOOST_AUTO_TEST_CASE(deadlines_abandon_and_the_replies_are_drained) {
    pipeline p;
    const auto now = steady_clock::now();
    operation reading{sending::read, now};
    operation writing{sending::write, now};
    operation patient{sending::read, never};
    send_read(p, reading);
    send_read(p, patient);
    p.push(role::sync, nullptr);
    send_write(p, writing);
    operation_list finished;
    p.expire(now, finished);
    BOOST_TEST(finished.size() == 2U);
    finished.clear();
    BOOST_TEST((code(reading) == errc::deadline_exceeded));
    BOOST_TEST((code(writing) == errc::outcome_unknown));
    BOOST_TEST((answer(p).step == next::nothing));
    BOOST_TEST((answer(p).what == &patient));
    p.on_sync();
    BOOST_TEST((answer(p).step == next::nothing));
    BOOST_TEST((p.on_sync().step == next::nothing));
    BOOST_TEST(p.empty());
}

BOOST_AUTO_TEST_CASE(a_cancel_request_that_hits_a_neighbour_sends_it_again_once) {
    auto hit = refused(errc::deadline_exceeded);
    hit.cancelled = true;
    pipeline p;
    p.expect_cancellation(steady_clock::now());
    operation op{sending::read, never};
    send_read(p, op);
    p.push(role::sync, nullptr);
    BOOST_TEST((refuse(p, hit).step == next::send_again));
    p.on_sync();
    send_read(p, op);
    BOOST_TEST((refuse(p, hit).step == next::finish));
    BOOST_TEST((code(op) == errc::deadline_exceeded));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::pipeline_test
