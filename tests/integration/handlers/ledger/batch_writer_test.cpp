// The batch writer itself, on the deployment's database: queue, deadlines, callers that go away.
#include "handlers/ledger/writer/batch_writer.hpp"
#include "tests/integration/db/fixture.hpp"
#include "tests/integration/handlers/ledger/books.hpp"
#include "tests/integration/handlers/ledger/open_transaction.hpp"
#include "tests/support/wait_for.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

namespace bursar::tests::batch_writer_test {

using handlers::transfers::batch_writer;
using handlers::transfers::instruction;
using handlers::transfers::writer_options;
using server::uuid;
using server::asio::cancellation_signal;

namespace {

db::client_options of_deployment() {
    db::client_options out;
    out.url = the_deployment().postgres().url();
    return out;
}

// A writer of the test's own beside the deployment's.
struct writing {
    explicit writing(writer_options how = {})
        : client(loop, of_deployment(), metrics)
        , writer(loop, client, rows, periods, metrics, how)
        , wallet(b.wallet()) {
        client.start();
    }
    ~writing() { run(loop, client.stop(soon())); }

    instruction one(std::int64_t amount) const {
        instruction out;
        out.org = *uuid::parse(b.org());
        out.legs.push_back({*uuid::parse(b.world()), *uuid::parse(wallet), amount});
        out.idempotency_key = uuid::v7();
        out.request_hash = out.idempotency_key;
        return out;
    }

    // Begun now; what came of it is there after finish().
    std::string& begin(std::int64_t amount, server::deadline until, cancellation_signal* given_up = nullptr) {
        return begin(one(amount), until, given_up);
    }
    std::string& begin(instruction what, server::deadline until, cancellation_signal* given_up = nullptr) {
        auto& out = outcomes.emplace_back();
        const auto done = [this](std::exception_ptr) { ++finished; };
        if (given_up == nullptr)
            server::asio::co_spawn(loop, keep_outcome(&out, std::move(what), until), done);
        else
            server::asio::co_spawn(
                loop, keep_outcome(&out, std::move(what), until),
                server::asio::bind_cancellation_slot(given_up->slot(), done));
        return out;
    }
    void finish() {
        const auto until = soon();
        loop.restart();
        while (finished < outcomes.size() && loop.run_one_until(until) > 0) {
        }
        BOOST_TEST_REQUIRE(finished == outcomes.size(), "the writer stands still");
    }
    void turn() {
        loop.restart();
        loop.poll();
    }

    // Until PostgreSQL has a statement wait for another's lock.
    void wait_for_lock() {
        wait_for([this] {
            turn();
            return b.query("select count(*) from pg_stat_activity where wait_event_type = 'Lock'") == "1";
        });
    }

    server::awaitable<> keep_outcome(std::string* out, instruction what, server::deadline until) {
        const auto made = co_await writer.write(std::move(what), until);
        *out = code(made);
    }

    books b;
    server::asio::io_context loop;
    prometheus::Registry metrics;
    db::client client;
    db::repositories::transfer_batch_repository rows;
    const db::repositories::period_repository periods;
    batch_writer writer;
    std::string wallet;
    std::deque<std::string> outcomes;
    std::size_t finished = 0;
};

server::awaitable<>
read_locked(writing* w, db::repositories::batch_reading what, std::optional<db::repositories::batch_facts>* out) {
    auto begun = value(co_await w->client.begin_batch(soon()));
    out->emplace(value(co_await w->rows.read(begun, what, db::repositories::account_locks::taken, soon())));
}

} // namespace

BOOST_AUTO_TEST_SUITE(ledger_writer)

BOOST_AUTO_TEST_CASE(a_request_that_comes_too_late_does_not_stop_the_writer) {
    writing w;
    const auto& late = w.begin(1, in(std::chrono::milliseconds{-1}));
    w.finish();
    BOOST_TEST(late == "DEADLINE_EXCEEDED");
    const auto& next = w.begin(2, soon());
    w.finish();
    BOOST_TEST(next == "OK");
    BOOST_TEST(w.b.posted(w.wallet) == 2);
}

// Its batch waits for the one under way on the same account, so it has not begun.
BOOST_AUTO_TEST_CASE(a_caller_that_goes_away_before_its_batch_leaves_nothing_behind) {
    writing w;
    open_transaction in_the_way{"select from accounts where id = '" + w.wallet + "' for update"};
    const auto& first = w.begin(1, soon());
    w.wait_for_lock();
    cancellation_signal given_up;
    w.begin(2, soon(), &given_up);
    const auto& behind = w.begin(4, soon());
    w.turn();
    given_up.emit(server::asio::cancellation_type::terminal);
    w.turn();
    in_the_way.commit();
    w.finish();
    BOOST_TEST(first == "OK");
    BOOST_TEST(behind == "OK");
    BOOST_TEST(w.b.posted(w.wallet) == 5);
    BOOST_TEST(w.b.broken() == "");
}

// As a bug would have it. Its accounts are free again, and so is its place among the batches under way.
BOOST_AUTO_TEST_CASE(a_batch_that_ends_with_an_exception_answers_its_callers_and_holds_up_nobody) {
    bool broken = true;
    writing w{{.make_partitions = [&broken]() -> server::awaitable<> {
        if (broken)
            throw std::logic_error("as a bug does");
        co_return;
    }}};
    const auto change = [&](const std::string& begin, const std::string& end) {
        w.b.query("do $$ begin execute format('" + begin + "', to_char(now(), 'YYYY_MM')" + end + "); end $$");
    };
    change("alter table entries detach partition entries_%s", "");
    const auto& one = w.begin(1, soon());
    const auto& another = w.begin(2, soon());
    w.finish();
    BOOST_TEST(one == "INTERNAL");
    BOOST_TEST(another == "INTERNAL");
    broken = false;
    change(
        "alter table entries attach partition entries_%s for values from (%L) to (%L)",
        ", date_trunc('month', now()), date_trunc('month', now()) + interval '1 month'");
    const auto& next = w.begin(3, soon());
    w.finish();
    BOOST_TEST(next == "OK");
    BOOST_TEST(w.b.posted(w.wallet) == 3);
}

BOOST_AUTO_TEST_CASE(nothing_to_write_is_done_at_once) {
    writing w;
    BOOST_TEST(run(w.loop, w.writer.write_each({}, soon())).empty());
}

BOOST_AUTO_TEST_CASE(a_full_queue_refuses_at_once) {
    writing w{{.queue = 3}};
    const auto shut = w.b.shut(w.wallet);
    const auto& first = w.begin(1, soon());
    w.turn(); // taken
    for (int i = 0; i < 3; ++i)
        w.begin(1, soon());
    const auto& beyond = w.begin(1, soon());
    w.turn();
    BOOST_TEST(beyond == "OVERLOADED");
    BOOST_TEST(first.empty());
    shut.open();
    w.finish();
    BOOST_TEST(w.b.posted(w.wallet) == 4);
}

BOOST_AUTO_TEST_CASE(who_waits_behind_a_batch_is_told_in_time) {
    writing w;
    const auto shut = w.b.shut(w.wallet);
    const auto& first = w.begin(1, soon());
    w.turn();
    const auto& behind = w.begin(1, in(std::chrono::milliseconds{100}));
    while (behind.empty())
        w.loop.run_one();
    BOOST_TEST(behind == "DEADLINE_EXCEEDED");
    BOOST_TEST(first.empty());
    shut.open();
    w.finish();
    BOOST_TEST(first == "OK");
    BOOST_TEST(w.b.posted(w.wallet) == 1);
}

// Its write is with a database that does not answer: it may come to be.
BOOST_AUTO_TEST_CASE(who_is_in_a_batch_that_is_being_written_is_told_in_time_that_nobody_knows) {
    writing w;
    open_transaction in_the_way{"select from accounts where id = '" + w.wallet + "' for update"};
    const auto& first = w.begin(1, in(std::chrono::milliseconds{300}));
    const auto& beside = w.begin(2, soon());
    w.wait_for_lock();
    while (first.empty())
        w.loop.run_one();
    BOOST_TEST(first == "OUTCOME_UNKNOWN");
    BOOST_TEST(beside.empty());
    in_the_way.commit();
    w.finish();
    BOOST_TEST(beside == "OK");
    BOOST_TEST(w.b.posted(w.wallet) == 3);
}

// A batch that only reads yet has sent nothing of what it will write, and for who was told so never does.
BOOST_AUTO_TEST_CASE(who_is_in_a_batch_that_is_being_read_is_told_in_time_and_nothing_is_done) {
    writing w;
    const auto held = w.b.hold(w.b.world(), w.wallet, 7);
    const gate shut{w.b.postgres(), "select from transfers where id = '" + held + "' for update"};
    auto posting = w.one(7);
    posting.kind = handlers::transfers::transfer_kind::posting;
    posting.target_id = *uuid::parse(held);
    posting.legs.front().of_target = 7;
    const auto& late = w.begin(std::move(posting), in(std::chrono::milliseconds{300}));
    const auto& beside = w.begin(1, soon());
    w.wait_for_lock();
    while (late.empty())
        w.loop.run_one();
    BOOST_TEST(late == "DEADLINE_EXCEEDED");
    BOOST_TEST(beside.empty());
    shut.open();
    w.finish();
    BOOST_TEST(beside == "OK");
    BOOST_TEST(w.b.posted(w.wallet) == 1);
    BOOST_TEST(w.b.query("select state from transfers where id = '" + held + "'") == "pending");
}

// Ten attempts, each with patience of its own, are as much as the caller has and no more.
BOOST_AUTO_TEST_CASE(attempts_end_with_the_last_callers_deadline) {
    writing w;
    const auto shut = w.b.shut(w.wallet);
    w.begin(1, in(std::chrono::milliseconds{200}));
    const auto& last = w.begin(1, in(std::chrono::milliseconds{400}));
    w.turn();
    const auto& next = w.begin(5, soon()); // behind them
    while (last.empty())
        w.loop.run_one();
    BOOST_TEST(next.empty());
    shut.open();
    w.finish();
    BOOST_TEST(next == "OK");
}

// Whether accounts are locked when they are read or not before they are moved: nobody who has them waits for a target.
BOOST_AUTO_TEST_CASE(what_touches_nothing_under_way_does_not_wait_for_it) {
    writing w;
    open_transaction in_the_way{"select from accounts where id = '" + w.wallet + "' for update"};
    const auto& first = w.begin(1, soon());
    const auto& behind = w.begin(2, soon());
    w.wait_for_lock();
    const auto& more = w.begin(3, soon());
    w.turn();
    auto elsewhere = w.one(4);
    elsewhere.legs.front().debit_account_id = *uuid::parse(w.b.wallet());
    elsewhere.legs.front().credit_account_id = *uuid::parse(w.b.wallet());
    const auto& beside = w.begin(std::move(elsewhere), soon());
    wait_for([&] {
        w.turn();
        return !beside.empty();
    });
    BOOST_TEST(beside == "OK");
    BOOST_TEST(first.empty());
    in_the_way.commit();
    w.finish();
    for (const auto* each : {&first, &behind, &more})
        BOOST_TEST(*each == "OK");
}

BOOST_AUTO_TEST_CASE(accounts_are_locked_before_the_first_entry_of_a_month) {
    writing w;
    open_transaction locks_first{"select from accounts where id = '" + w.wallet + "' for no key update"};
    const auto& first = w.begin(1, soon());
    w.wait_for_lock();
    // Would wait for the writer, which waits for this transaction.
    locks_first.run(
        "insert into ledger_periods (org_id, month) values ('" + w.b.org() +
        "', month_of(now())) on conflict do nothing");
    locks_first.commit();
    w.finish();
    BOOST_TEST(first == "OK");
}

BOOST_AUTO_TEST_CASE(targets_are_locked_before_accounts) {
    writing w;
    const auto held = w.b.hold(w.b.world(), w.wallet, 1);
    const gate shut{w.b.postgres(), "select from transfers where id = '" + held + "' for update"};
    const auto org = *uuid::parse(w.b.org());
    const db::repositories::batch_reading what{
        {{org, *uuid::parse(w.wallet)}}, {{org, *uuid::parse(held)}}, {{org, uuid::v7()}}};
    std::optional<db::repositories::batch_facts> facts;
    auto reading = std::async(std::launch::async, [&] { run(w.loop, read_locked(&w, what, &facts)); });
    shut.wait_for_waiting(1);
    const sql_session another{w.b.postgres()};
    BOOST_TEST(another.refusal("select from accounts where id = '" + w.wallet + "' for update nowait") == "done");
    shut.open();
    reading.get();
    BOOST_TEST(facts->targets.size() == 1U);
    BOOST_TEST(facts->accounts.size() == 1U);
    BOOST_TEST(facts->requests.empty());
}

BOOST_AUTO_TEST_CASE(a_group_is_written_whole_or_not_at_all) {
    writing w;
    std::vector<instruction> group{w.one(5), w.one(6)};
    std::swap(group[1].legs[0].debit_account_id, group[1].legs[0].credit_account_id); // 6 of 5
    auto done = value(run(w.loop, w.writer.write_group(group, soon())));
    BOOST_TEST(done.size() == 2U);
    for (const auto& each : done)
        BOOST_TEST(std::holds_alternative<handlers::transfers::refusal>(each));
    BOOST_TEST(w.b.transfers() == 0);
    BOOST_TEST(w.b.broken() == "");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::batch_writer_test
