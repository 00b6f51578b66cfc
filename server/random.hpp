// Random numbers that need to be unique and unguessable enough for ids, jitter and back-off, not for secrets:
// a per-thread PRNG seeded from the kernel. Secrets come from OpenSSL's RAND_bytes.
#pragma once

#include <cstdint>

namespace bursar::server {

std::uint64_t random_u64() noexcept;

} // namespace bursar::server
