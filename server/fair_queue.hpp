// What waits, in the order of its coming within an organization, and organization by organization in turn: one with
// much to do does not keep another waiting for all of it. Items have a weight; all sums are of weights.
#pragma once

#include "server/uuid.hpp"

#include <algorithm>
#include <cstddef>
#include <deque>
#include <iterator>
#include <list>
#include <optional>
#include <unordered_map>
#include <utility>

namespace bursar::server {

enum class offered { taken, left, enough }; // enough: left, and no more are wanted

template <class Item>
class fair_queue {
public:
    bool empty() const noexcept { return lanes_.empty(); }
    std::size_t weight() const noexcept { return weight_; }

    // Whether as much more finds room in `most`. An organization may fill it alone; of several that wait each has its
    // part of it. Who comes new finds as much again kept free, so that one large item is not shut out by many small
    // ones.
    bool has_room(const uuid& org, std::size_t more, std::size_t most) const {
        const auto found = by_org_.find(org);
        if (found == by_org_.end())
            return more <= most && weight_ + more <= 2 * most;
        return found->second->weight + more <= most / lanes_.size();
    }

    void push(const uuid& org, Item item, std::size_t weight) {
        const auto [found, added] = by_org_.try_emplace(org);
        if (added) {
            found->second = lanes_.emplace(lanes_.end());
            found->second->org = org;
        }
        found->second->waiting.push_back({std::move(item), weight});
        found->second->weight += weight;
        weight_ += weight;
    }

    // Offers the items until none is left to offer or enough is said: of each organization as many as weigh `quantum`,
    // taken or not, then of the next one, and again. What is left keeps its place. The next call begins with another
    // organization.
    template <class Offer>
    void offer(std::size_t quantum, Offer offer) {
        bool goes_on = !lanes_.empty();
        while (goes_on) {
            goes_on = false;
            for (auto& each : lanes_) {
                if (each.waiting.empty())
                    continue;
                if (!take_turn(each, quantum, offer)) {
                    goes_on = false;
                    break;
                }
                goes_on = true;
            }
        }
        if (!lanes_.empty())
            lanes_.splice(lanes_.end(), lanes_, lanes_.begin());
        settle();
    }

    // The first item of the next organization whose first item may go, if there is one; the turn of that organization
    // comes again after those of all others.
    template <class May>
    std::optional<Item> take(May may) {
        const auto next = std::find_if(
            lanes_.begin(), lanes_.end(), [&](lane& each) { return may(std::as_const(each.waiting.front().item)); });
        if (next == lanes_.end())
            return std::nullopt;
        std::optional<Item> out{std::move(next->waiting.front().item)};
        gone(*next, next->waiting.front().weight);
        next->waiting.pop_front();
        if (next->waiting.empty()) {
            by_org_.erase(next->org);
            lanes_.erase(next);
        } else {
            lanes_.splice(lanes_.end(), lanes_, next);
        }
        return out;
    }

    template <class Predicate>
    void remove_if(Predicate goes) {
        for (auto& each : lanes_)
            std::erase_if(each.waiting, [&](entry& e) {
                if (!goes(e.item))
                    return false;
                gone(each, e.weight);
                return true;
            });
        settle();
    }

private:
    struct entry {
        Item item;
        std::size_t weight;
    };
    struct lane {
        uuid org;
        std::deque<entry> waiting;
        std::deque<entry> left; // offered and not taken
        std::size_t weight = 0;
    };

    void gone(lane& from, std::size_t weight) noexcept {
        from.weight -= weight;
        weight_ -= weight;
    }

    // False: enough.
    template <class Offer>
    bool take_turn(lane& of, std::size_t quantum, Offer& offer) {
        for (std::size_t used = 0; used < quantum && !of.waiting.empty();) {
            auto& first = of.waiting.front();
            const auto weight = first.weight;
            const auto what = offer(first.item);
            if (what == offered::enough)
                return false;
            if (what == offered::left) {
                of.left.push_back(std::move(first));
            } else {
                gone(of, weight);
            }
            used += weight;
            of.waiting.pop_front();
        }
        return true;
    }

    void settle() {
        for (auto at = lanes_.begin(); at != lanes_.end();) {
            at->waiting.insert(
                at->waiting.begin(), std::make_move_iterator(at->left.begin()),
                std::make_move_iterator(at->left.end()));
            at->left.clear();
            if (at->waiting.empty()) {
                by_org_.erase(at->org);
                at = lanes_.erase(at);
            } else {
                ++at;
            }
        }
    }

    std::list<lane> lanes_; // none of them is empty
    std::unordered_map<uuid, typename std::list<lane>::iterator, uuid_hash> by_org_;
    std::size_t weight_ = 0;
};

} // namespace bursar::server
