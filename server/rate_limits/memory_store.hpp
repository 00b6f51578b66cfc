// The budgets of one process. Its memory is taken once and never grows: a scope has room for so many subjects, in sets
// of eight slots. A new subject takes a slot of its set whose budget is whole, which is as good as empty, and else the
// one with the least debt: a flood of addresses pushes out its own, and who has spent most is forgotten last.
#pragma once

#include "server/rate_limits/budget.hpp"

#include <cstddef>
#include <vector>

namespace bursar::server::rate_limits {

class memory_store {
public:
    // Rounded up to a power of two; `seed` keeps clients from choosing the sets that they fall into.
    explicit memory_store(std::size_t subjects_a_scope = std::size_t{32} * 1024);
    memory_store(std::size_t subjects_a_scope, std::uint64_t seed);

    // Charges all of it, or nothing when one budget refuses. `now` is of a steady clock; one that goes backwards is
    // taken to stand still.
    budget take(const charges& all, nanoseconds now) noexcept;

    // Whose budget is not whole at that time.
    std::size_t in_debt(scope in, nanoseconds now) const noexcept;

private:
    struct slot {
        std::array<std::uint8_t, 16> id{};
        nanoseconds whole_at{0};
    };
    struct alignas(64) set {
        std::array<slot, 8> slots;
    };

    slot& find(const subject& who) noexcept;

    std::array<std::vector<set>, static_cast<std::size_t>(scope::count_)> scopes_;
    std::uint64_t seed_;
    nanoseconds now_{0};
};

} // namespace bursar::server::rate_limits
