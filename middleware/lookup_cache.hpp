// What PostgreSQL said of credentials, kept for a minute and at most 50,000 of them: that there are none, too. A
// notification of a change makes it forget; what was asked before the change and answered after it is not kept. While
// no notification can come, an answer is kept for half a second, so that it holds for less than one however many ask.
#pragma once

#include "server/asio.hpp"

#include <optional>
#include <unordered_map>

namespace bursar::middleware {

template <class Key, class Value, class Hash>
class lookup_cache {
public:
    // Null: nothing is known; else what is, which may be that there is nothing.
    const std::optional<Value>* find(const Key& key) const {
        const auto found = entries_.find(key);
        return found == entries_.end() || found->second.until < server::steady_clock::now() ? nullptr
                                                                                            : &found->second.value;
    }

    // To be taken before PostgreSQL is asked, and handed to keep() with its answer.
    std::uint64_t changes() const noexcept { return changes_; }

    void keep(const Key& key, const std::optional<Value>& value, std::uint64_t changes_before) {
        if (changes_before != changes_)
            return;
        if (entries_.size() >= limit)
            entries_.clear();
        entries_[key] = {value, server::steady_clock::now() + life_};
    }

    void forget(const Key& key) {
        ++changes_;
        entries_.erase(key);
    }
    void forget_all() {
        ++changes_;
        entries_.clear();
    }
    // Whether notifications of changes arrive from now on.
    void set_notified(bool notified) {
        life_ = notified ? life : unnotified_life;
        forget_all();
    }
    template <class Predicate>
    void forget_if(Predicate of_value) {
        ++changes_;
        std::erase_if(entries_, [&](const auto& each) { return each.second.value && of_value(*each.second.value); });
    }

private:
    static constexpr std::size_t limit = 50'000;
    static constexpr std::chrono::milliseconds life = std::chrono::minutes{1};
    static constexpr std::chrono::milliseconds unnotified_life{500};

    struct entry {
        std::optional<Value> value;
        server::steady_clock::time_point until;
    };

    std::unordered_map<Key, entry, Hash> entries_;
    std::uint64_t changes_ = 0;
    std::chrono::milliseconds life_ = life;
};

} // namespace bursar::middleware
