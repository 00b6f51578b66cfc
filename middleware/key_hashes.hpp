// The hashes of API keys that came lately, so that a caller's next request costs no SHA-256. Holds the keys themselves,
// at most one a place, and wipes each when another takes it; compares them in constant time. Belongs to the loop's
// thread.
#pragma once

#include "server/secret.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <functional>
#include <vector>

namespace bursar::middleware {

class key_hashes {
public:
    key_hashes()
        : places_(size) {}
    key_hashes(const key_hashes&) = delete;
    key_hashes& operator=(const key_hashes&) = delete;
    ~key_hashes() { ::OPENSSL_cleanse(places_.data(), places_.size() * sizeof(place)); }

    // nullptr: the key is not among them. A well-formed secret.
    const server::sha256_hash* find(std::string_view key) const noexcept {
        const auto& at = places_[index_of(key)];
        const bool same = key.size() == at.key.size() && ::CRYPTO_memcmp(key.data(), at.key.data(), key.size()) == 0;
        return same ? &at.hash : nullptr;
    }

    // The key's hash, which stands until another key is added.
    const server::sha256_hash& add(std::string_view key) noexcept {
        auto& at = places_[index_of(key)];
        std::copy_n(key.begin(), std::min(key.size(), at.key.size()), at.key.begin());
        at.hash = server::sha256(key);
        return at.hash;
    }

private:
    static constexpr std::size_t size = 256;

    struct place {
        std::array<char, server::secret_length> key{}; // of zeros: none
        server::sha256_hash hash{};
    };

    static std::size_t index_of(std::string_view key) noexcept { return std::hash<std::string_view>{}(key) % size; }

    std::vector<place> places_;
};

} // namespace bursar::middleware
