#include "db/driver/waiting_line.hpp"
#include "tests/unit/db/driver/pipeline_replies.hpp"

#include <boost/test/unit_test.hpp>

#include <deque>
#include <random>

namespace bursar::tests::pipeline_schedules_test {

using namespace bursar::db;
using bursar::server::steady_clock;
using namespace std::chrono_literals;

// A model of PostgreSQL and of the callers, driven at random: every caller is answered once, a write is applied at
// most once, and each answer says what happened to it.
namespace {

struct caller : operation {
    using operation::operation;
    int applied = 0;
    int answered = 0;
};

class model {
public:
    explicit model(unsigned seed)
        : random_(seed) {}

    void play() {
        for (int step = 0; step < 400; ++step)
            turn();
        while (!line_.empty() || !pipe_.empty())
            chance(2) ? send() : reply(false);
        for (auto& c : callers_)
            check(c);
    }

private:
    bool chance(unsigned of) { return random_() % of == 0; }

    void turn() {
        switch (random_() % 8) {
        case 0:
        case 1: arrive(); break;
        case 2:
        case 3: send(); break;
        case 7: chance(4) ? lose() : expire(); break;
        default: reply(true);
        }
    }

    void arrive() {
        auto& c = callers_.emplace_back(chance(2) ? sending::read : sending::write, never);
        line_.push(c);
    }

    void send() {
        bool first = true;
        for (unsigned group = 1 + random_() % 4; group > 0 && !line_.empty(); --group) {
            auto& op = *line_.take();
            if (op.rule == sending::write) {
                if (!first) {
                    line_.push_first(op);
                    break;
                }
                send_write(pipe_, op);
                server_.insert(server_.end(), {static_cast<caller*>(&op), nullptr});
                return;
            }
            send_read(pipe_, op);
            server_.push_back(static_cast<caller*>(&op));
            first = false;
        }
        if (!first) {
            pipe_.push(role::sync, nullptr);
            server_.push_back(nullptr);
        }
    }

    void reply(bool may_fail) {
        if (pipe_.empty())
            return;
        auto* const c = server_.front();
        server_.pop_front();
        if (c == nullptr) {
            if (pending_write_ != nullptr)
                ++std::exchange(pending_write_, nullptr)->applied;
            aborted_ = false;
            return act(pipe_.on_sync());
        }
        if (aborted_)
            return act(abort(pipe_));
        if (may_fail && chance(5)) {
            aborted_ = true;
            return act(refuse(pipe_, chance(3) ? stale() : refused()));
        }
        if (c->rule == sending::write)
            pending_write_ = c;
        act(answer(pipe_));
    }

    // The server may have got further than what came back.
    void lose() {
        for (auto* c : server_)
            if (c != nullptr && c->rule == sending::write && chance(2))
                ++c->applied;
        if (pending_write_ != nullptr && chance(2))
            ++pending_write_->applied;
        pending_write_ = nullptr;
        server_.clear();
        aborted_ = false;
        operation_list finished;
        operation_list again;
        pipe_.lose("gone", finished, again);
        line_.push_first(again);
        finish(finished);
    }

    void expire() {
        if (callers_.empty())
            return;
        auto& c = callers_[random_() % callers_.size()];
        if (c.answered > 0)
            return;
        const auto now = steady_clock::now();
        c.until = now;
        operation_list finished;
        line_.expire(now, finished);
        pipe_.expire(now, finished);
        finish(finished);
    }

    void finish(operation_list& finished) {
        while (!finished.empty()) {
            auto& op = finished.front();
            finished.pop_front();
            ++static_cast<caller&>(op).answered;
        }
    }

    void act(pipeline::verdict v) {
        if (v.step == next::finish)
            ++static_cast<caller*>(v.what)->answered;
        else if (v.step == next::send_again)
            line_.push_first(*v.what);
    }

    static void check(const caller& c) {
        BOOST_TEST(c.answered == 1);
        if (c.rule == sending::read)
            return;
        BOOST_TEST(c.applied <= 1);
        if (!c.failed)
            BOOST_TEST(c.applied == 1);
        else if (code(c) != errc::outcome_unknown)
            BOOST_TEST(c.applied == 0);
    }

    std::mt19937 random_;
    std::deque<caller> callers_;
    std::deque<caller*> server_; // what it has received, in order; null is a sync
    caller* pending_write_ = nullptr;
    bool aborted_ = false;
    waiting_line line_;
    pipeline pipe_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(pipeline_schedules)

BOOST_AUTO_TEST_CASE(every_caller_is_answered_once_and_truly) {
    for (unsigned seed = 1; seed <= 500; ++seed) {
        BOOST_TEST_CONTEXT("seed " << seed) {
            model{seed}.play();
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::pipeline_schedules_test
