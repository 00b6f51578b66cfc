#include "middleware/byte_budget.hpp"

namespace bursar::middleware {

byte_budget::waiter::~waiter() {
    if (waits_)
        budget_.waiting_.remove_if([this](const waiter* each) { return each == this; });
}

void byte_budget::holding::become(std::size_t bytes) noexcept {
    if (budget_ != nullptr)
        budget_->change(org_, std::exchange(bytes_, bytes), bytes);
}

std::size_t byte_budget::held_by(const server::uuid& org) const noexcept {
    const auto found = by_org_.find(org);
    return found == by_org_.end() ? 0 : found->second;
}

void byte_budget::charge(const server::uuid& org, std::size_t bytes) {
    by_org_[org] += bytes;
    held_ += bytes;
}

void byte_budget::change(const server::uuid& org, std::size_t from, std::size_t to) noexcept {
    if (from == to)
        return;
    const auto found = by_org_.find(org);
    held_ = held_ - from + to;
    found->second = found->second - from + to;
    if (found->second == 0)
        by_org_.erase(found);
    if (to < from)
        admit_next();
}

bool byte_budget::take(const server::uuid& org, std::size_t bytes) {
    if (!waiting_.empty() || held_ + bytes > most_ || held_by(org) + bytes > most_of_one_)
        return false;
    charge(org, bytes);
    return true;
}

void byte_budget::wait(waiter& who) {
    who.waits_ = true;
    waiting_.push(who.org_, &who, who.bytes_);
    admit_next();
}

void byte_budget::admit_next() {
    bool full = false;
    const auto may = [&](const waiter* next) {
        if (full || held_by(next->org_) + next->bytes_ > most_of_one_)
            return false;
        full = held_ + next->bytes_ > most_;
        return !full;
    };
    while (const auto next = waiting_.take(may)) {
        (*next)->waits_ = false;
        charge((*next)->org_, (*next)->bytes_);
        (*next)->admit();
    }
}

} // namespace bursar::middleware
