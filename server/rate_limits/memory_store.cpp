#include "server/rate_limits/memory_store.hpp"

#include "server/random.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace bursar::server::rate_limits {

namespace {

// The finalizer of SplitMix64 (Steele, Lea, Flood 2014), twice, with a secret.
std::uint64_t mix(std::uint64_t x) noexcept {
    x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
    return x ^ (x >> 31U);
}

std::uint64_t hash_of(const std::array<std::uint8_t, 16>& id, std::uint64_t seed) noexcept {
    std::uint64_t halves[2];
    std::memcpy(halves, id.data(), sizeof halves);
    return mix(mix(halves[0] ^ seed) + halves[1]);
}

} // namespace

memory_store::memory_store(std::size_t subjects_a_scope)
    : memory_store(subjects_a_scope, random_u64()) {}

memory_store::memory_store(std::size_t subjects_a_scope, std::uint64_t seed)
    : seed_(seed) {
    const auto sets =
        std::bit_ceil(std::max<std::size_t>(subjects_a_scope / std::tuple_size_v<decltype(set::slots)>, 1));
    for (auto& each : scopes_)
        each.resize(sets);
}

// The subject's slot, or the one that it takes over, as a budget that is whole.
memory_store::slot& memory_store::find(const subject& who) noexcept {
    auto& sets = scopes_[static_cast<std::size_t>(who.in)];
    auto& slots = sets[hash_of(who.id, seed_) & (sets.size() - 1)].slots;
    slot* least = slots.data();
    for (auto& each : slots) {
        if (each.id == who.id)
            return each;
        if (each.whole_at < least->whole_at)
            least = &each;
    }
    return *least;
}

budget memory_store::take(const charges& all, nanoseconds now) noexcept {
    now_ = std::max(now_, now);
    std::array<decision, charges::static_capacity> each_alone{};
    std::array<slot*, charges::static_capacity> slots{};
    bool fits = true;
    for (std::size_t i = 0; i < all.size(); ++i) {
        slots[i] = &find(all[i].who);
        const auto& of = all[i].under.of;
        const auto debt = slots[i]->id == all[i].who.id ? debt_at(of, slots[i]->whole_at, now_) : nanoseconds{0};
        each_alone[i] = decide(of, debt);
        fits = fits && each_alone[i].allowed;
    }
    for (std::size_t i = 0; fits && i < all.size(); ++i) {
        const auto& of = all[i].under.of;
        const auto debt = slots[i]->id == all[i].who.id ? debt_at(of, slots[i]->whole_at, now_) : nanoseconds{0};
        *slots[i] = {all[i].who.id, now_ + debt + of.interval()};
    }
    return summary(all, {each_alone.data(), all.size()});
}

std::size_t memory_store::in_debt(scope in, nanoseconds now) const noexcept {
    std::size_t count = 0;
    for (const auto& each : scopes_[static_cast<std::size_t>(in)])
        count += static_cast<std::size_t>(
            std::count_if(each.slots.begin(), each.slots.end(), [now](const slot& s) { return s.whole_at > now; }));
    return count;
}

} // namespace bursar::server::rate_limits
