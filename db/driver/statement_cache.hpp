// The statements that one connection has prepared, or is preparing: bounded, the least recently used goes first. Each
// preparation has a number of its own (its name on the server is "b<number>"), so that a late error about an old one
// never touches a new one.
#pragma once

#include <array>
#include <charconv>
#include <cstdint>
#include <list>
#include <optional>
#include <unordered_map>
#include <vector>

namespace bursar::db {

class statement_cache {
public:
    using server_name = std::array<char, 12>;

    struct entry {
        std::uint32_t statement_id;
        std::uint32_t number;
        server_name name;
        std::vector<std::uint32_t> types;
        bool confirmed = false; // the server said that it exists
    };

    explicit statement_cache(std::size_t capacity)
        : capacity_(capacity) {}

    static server_name name_of(std::uint32_t number) noexcept {
        server_name out{'b'};
        std::to_chars(out.data() + 1, out.data() + out.size() - 1, number);
        return out;
    }

    // Null when it must be prepared: never seen, or with other parameter types.
    entry* find(std::uint32_t statement_id, const std::vector<std::uint32_t>& types) {
        const auto at = index_.find(statement_id);
        if (at == index_.end() || at->second->types != types)
            return nullptr;
        if (at->second != entries_.begin())
            entries_.splice(entries_.begin(), entries_, at->second);
        return &*at->second;
    }

    // The entry that must go before the next add: to be deallocated on the server when it was confirmed.
    std::optional<entry> make_room(std::uint32_t statement_id) {
        auto victim = entries_.end();
        if (const auto at = index_.find(statement_id); at != index_.end())
            victim = at->second;
        else if (entries_.size() >= capacity_)
            victim = std::prev(entries_.end());
        if (victim == entries_.end())
            return std::nullopt;
        entry out = std::move(*victim);
        index_.erase(out.statement_id);
        entries_.erase(victim);
        return out;
    }

    entry& add(std::uint32_t statement_id, const std::vector<std::uint32_t>& types) {
        const auto number = ++last_number_;
        entries_.push_front({statement_id, number, name_of(number), types});
        index_[statement_id] = entries_.begin();
        return entries_.front();
    }

    void confirm(std::uint32_t statement_id, std::uint32_t number) {
        if (const auto at = index_.find(statement_id); at != index_.end() && at->second->number == number)
            at->second->confirmed = true;
    }

    void forget(std::uint32_t statement_id, std::uint32_t number) {
        const auto at = index_.find(statement_id);
        if (at == index_.end() || at->second->number != number)
            return;
        entries_.erase(at->second);
        index_.erase(at);
    }

    void clear() {
        entries_.clear();
        index_.clear();
    }
    std::size_t size() const noexcept { return entries_.size(); }

private:
    std::size_t capacity_;
    std::uint32_t last_number_ = 0;
    std::list<entry> entries_; // most recently used first
    std::unordered_map<std::uint32_t, std::list<entry>::iterator> index_;
};

} // namespace bursar::db
