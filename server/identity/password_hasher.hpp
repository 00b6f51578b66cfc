// Passwords as Argon2id hashes (RFC 9106, by libargon2), made on threads of their own, so that no number of sign-ins
// keeps other work waiting. The parameters are those that OWASP recommends.
#pragma once

#include "server/thread_pool.hpp"

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace bursar::server {

struct argon2_parameters {
    std::uint32_t memory = 19'456; // KiB
    std::uint32_t passes = 2;
    std::uint32_t lanes = 1;
};

class password_hasher {
public:
    struct options {
        std::size_t at_once = 1; // threads
        std::size_t waiting = 64;
        argon2_parameters parameters;
    };
    struct verdict {
        bool matches = false;
        bool outdated = false; // made with other parameters than today's
    };

    password_hasher(asio::io_context& loop, const options& how);

    // In the PHC string format, with a random salt. overloaded: too many wait.
    awaitable<result<std::string>> hash(std::string password);

    // What is wrong with it as a new password (password_rules.hpp), or nullopt. overloaded as above.
    awaitable<result<std::optional<std::string>>> objection(std::string password, std::vector<std::string> about);

    // Takes as long for an unknown user, who has no hash and matches nothing, as for a known one. overloaded as above.
    awaitable<result<verdict>> verify(std::string password, std::optional<std::string> encoded);

    // Made so far, for hash() and for verify(): what callers have cost.
    std::uint64_t hashes_made() const noexcept { return made_; }

private:
    argon2_parameters parameters_;
    std::string nobodys_; // the hash of no password
    std::atomic<std::uint64_t> made_ = 0;
    thread_pool threads_;
};

} // namespace bursar::server
