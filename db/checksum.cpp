#include "db/checksum.hpp"

#include <openssl/evp.h>

#include <array>
#include <stdexcept>

namespace bursar::db {

std::string sha256_hex(std::string_view text) {
    std::array<unsigned char, 32> digest{};
    unsigned length = 0;
    if (EVP_Digest(text.data(), text.size(), digest.data(), &length, EVP_sha256(), nullptr) != 1)
        throw std::runtime_error("SHA-256 is not available");
    static constexpr char digits[] = "0123456789abcdef";
    std::string out;
    for (const auto byte : digest) {
        out += digits[byte >> 4];
        out += digits[byte & 15];
    }
    return out;
}

} // namespace bursar::db
