// The statements of one lane that wait to be sent. What is sent again goes first. The rest goes in the order of its
// coming as long as all that waits finds room; what is left without room waits by tenant, and tenants take turns, so
// that one with much to ask does not keep another waiting for all of it. Whose a statement is its first parameter
// says: the id of the organization, in every statement on an organization's rows. Statements on no organization's rows
// (a credential that is looked up) have one turn among them.
#pragma once

#include "db/driver/operation.hpp"
#include "server/fair_queue.hpp"

namespace bursar::db {

class waiting_line {
public:
    waiting_line() = default;
    waiting_line(const waiting_line&) = delete;
    waiting_line& operator=(const waiting_line&) = delete;
    ~waiting_line();

    std::size_t size() const noexcept { return again_.size() + came_.size() + turns_.weight(); }
    bool empty() const noexcept { return again_.empty() && came_.empty() && turns_.empty(); }

    void push(operation& op) noexcept;
    void push_first(operation& op) noexcept;
    // Whole list, in its order, in front.
    void push_first(operation_list& ops) noexcept;

    // The next one wants a sync for itself.
    bool next_goes_alone() const noexcept { return !again_.empty() && again_.front().alone; }
    // The next one that may go, no longer in line; null: none may. What is sent again is not asked about.
    template <class May>
    operation* take(May may);
    operation* take() {
        return take([](const operation&) { return true; });
    }
    // There was no room for what is in line: from here on it waits in turns.
    void take_turns();

    void remove(operation& op) noexcept;
    void expire(server::steady_clock::time_point now, operation_list& finished);
    void fail_all(const server::error& e, operation_list& finished);

private:
    static operation& first_of(operation_list& list) noexcept;

    operation_list again_;
    operation_list came_;
    server::fair_queue<operation*> turns_;
};

template <class May>
operation* waiting_line::take(May may) {
    if (!again_.empty())
        return &first_of(again_);
    if (turns_.empty() && !came_.empty() && may(came_.front()))
        return &first_of(came_);
    take_turns();
    const auto next = turns_.take([&may](const operation* first) { return may(*first); });
    return next ? *next : nullptr;
}

} // namespace bursar::db
