#include "db/driver/waiting_line.hpp"

namespace bursar::db {

namespace {

void end(operation& op, server::error why, operation_list& finished) {
    op.at = operation::stage::done;
    op.fail(std::move(why));
    finished.push_back(op);
}

} // namespace

waiting_line::~waiting_line() {
    again_.clear();
    came_.clear();
}

operation& waiting_line::first_of(operation_list& list) noexcept {
    auto& op = list.front();
    list.pop_front();
    return op;
}

void waiting_line::push(operation& op) noexcept {
    op.at = operation::stage::waiting;
    op.goes_first = false;
    came_.push_back(op);
}

void waiting_line::push_first(operation& op) noexcept {
    op.at = operation::stage::waiting;
    op.goes_first = true;
    again_.push_front(op);
}

void waiting_line::push_first(operation_list& ops) noexcept {
    for (auto& op : ops) {
        op.at = operation::stage::waiting;
        op.goes_first = true;
    }
    again_.splice(again_.begin(), ops);
}

void waiting_line::take_turns() {
    while (!came_.empty()) {
        auto& op = first_of(came_);
        turns_.push(op.values->first_id(), &op, 1);
    }
}

void waiting_line::remove(operation& op) noexcept {
    if (op.is_linked())
        (op.goes_first ? again_ : came_).erase(operation_list::s_iterator_to(op));
    else
        turns_.remove_if([&op](const operation* each) { return each == &op; });
}

void waiting_line::expire(server::steady_clock::time_point now, operation_list& finished) {
    const server::error late{server::errc::deadline_exceeded, "not sent in time"};
    for (auto* list : {&again_, &came_})
        for (auto at = list->begin(); at != list->end();) {
            auto& op = *at;
            if (op.until > now) {
                ++at;
                continue;
            }
            at = list->erase(at);
            end(op, late, finished);
        }
    turns_.remove_if([&](operation* op) {
        if (op->until > now)
            return false;
        end(*op, late, finished);
        return true;
    });
}

void waiting_line::fail_all(const server::error& e, operation_list& finished) {
    for (auto* list : {&again_, &came_})
        while (!list->empty())
            end(first_of(*list), e, finished);
    turns_.remove_if([&](operation* op) {
        end(*op, e, finished);
        return true;
    });
}

} // namespace bursar::db
