#include "server/random.hpp"

#include <sys/random.h>

#include <array>
#include <bit>

namespace bursar::server {

namespace {

// xoshiro256** 1.0 by David Blackman and Sebastiano Vigna, https://prng.di.unimi.it (public domain).
class xoshiro {
public:
    xoshiro() noexcept {
        if (::getrandom(state_.data(), sizeof state_, 0) != static_cast<ssize_t>(sizeof state_))
            state_ = {0x9e3779b97f4a7c15, reinterpret_cast<std::uintptr_t>(this), 0xbf58476d1ce4e5b9, 1};
    }

    std::uint64_t next() noexcept {
        const auto out = std::rotl(state_[1] * 5, 7) * 9;
        const auto t = state_[1] << 17;
        state_[2] ^= state_[0];
        state_[3] ^= state_[1];
        state_[1] ^= state_[2];
        state_[0] ^= state_[3];
        state_[2] ^= t;
        state_[3] = std::rotl(state_[3], 45);
        return out;
    }

private:
    std::array<std::uint64_t, 4> state_{};
};

} // namespace

std::uint64_t random_u64() noexcept {
    static thread_local xoshiro generator;
    return generator.next();
}

} // namespace bursar::server
