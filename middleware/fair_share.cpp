#include "middleware/fair_share.hpp"

namespace bursar::middleware {

fair_share::waiter::~waiter() {
    if (is_linked())
        behind_->waiting_.erase(behind_->waiting_.iterator_to(*this));
}

fair_share::fair_share(std::size_t headroom, std::size_t most, std::chrono::milliseconds memory)
    : headroom_(headroom)
    , most_(most)
    , memory_(memory) {}

fair_share::tenant& fair_share::arrive(const server::uuid& org, time_point now) {
    forget(now);
    const auto [known, added] = by_org_.try_emplace(org);
    if (added) {
        known->second = tenants_.emplace(tenants_.end());
        known->second->org_ = org;
    } else {
        tenants_.splice(tenants_.end(), tenants_, known->second);
    }
    auto& found = *known->second;
    found.seen_ = now;
    return found;
}

void fair_share::forget(time_point now) {
    while (!tenants_.empty()) {
        const auto& oldest = tenants_.front();
        if (oldest.at_work_ > 0 || oldest.is_linked() || oldest.seen_ + memory_ >= now)
            return;
        by_org_.erase(oldest.org_);
        tenants_.pop_front();
    }
}

bool fair_share::fits(const tenant& whose, std::size_t weight) const noexcept {
    const auto others = tenants_.size() - 1;
    return others == 0 || whose.at_work_ + weight <= headroom_ + (at_work_ - whose.at_work_) / others;
}

bool fair_share::start(tenant& whose, std::size_t weight) noexcept {
    if (!whose.waiting_.empty() || !fits(whose, weight))
        return false;
    whose.at_work_ += weight;
    at_work_ += weight;
    return true;
}

// However many tenants flood, there is room left for one more.
bool fair_share::wait(tenant& whose, waiter& who, std::size_t weight) noexcept {
    const auto new_one = whose.is_linked() ? 0U : 1U;
    if (whose.waiting_.size() >= most_ / (waiting_.size() + new_one + 1))
        return false;
    if (new_one != 0)
        waiting_.push_back(whose);
    whose.waiting_.push_back(who);
    who.behind_ = &whose;
    who.weight_ = weight;
    return true;
}

bool fair_share::leave(tenant& whose, std::size_t weight) {
    if (left_.empty() && waiting_.empty() && tenants_.size() == 1) {
        whose.at_work_ -= weight;
        at_work_ -= weight;
        return false;
    }
    left_.emplace_back(&whose, weight);
    return left_.size() == 1;
}

void fair_share::settle() noexcept {
    for (const auto& [whose, weight] : left_) {
        whose->at_work_ -= weight;
        at_work_ -= weight;
    }
    left_.clear();
    for (auto at = waiting_.begin(); at != waiting_.end();) {
        auto& whose = *at;
        while (!whose.waiting_.empty() && fits(whose, whose.waiting_.front().weight_)) {
            auto& next = whose.waiting_.front();
            whose.waiting_.pop_front();
            whose.at_work_ += next.weight_;
            at_work_ += next.weight_;
            next.admit();
        }
        at = whose.waiting_.empty() ? waiting_.erase(at) : std::next(at);
    }
}

} // namespace bursar::middleware
