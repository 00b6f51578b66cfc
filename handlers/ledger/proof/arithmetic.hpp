// Sums that wrap around, since what is proved may hold any number: two sums are equal exactly when these are.
#pragma once

#include <cstdint>

namespace bursar::handlers::ledger_proof {

inline std::int64_t sum(std::int64_t a, std::int64_t b) noexcept {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

inline std::int64_t negative(std::int64_t a) noexcept {
    return static_cast<std::int64_t>(-static_cast<std::uint64_t>(a));
}

} // namespace bursar::handlers::ledger_proof
