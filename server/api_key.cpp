#include "server/api_key.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <zlib.h>

#include <memory>
#include <stdexcept>

namespace bursar::server {

namespace {

constexpr std::string_view prefix = "bsk_live_";
constexpr std::size_t random_length = 30;
constexpr std::size_t checksum_length = 6;
constexpr std::string_view alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

std::array<char, checksum_length> checksum(std::string_view random) noexcept {
    auto rest = static_cast<std::uint32_t>(
        ::crc32(0, reinterpret_cast<const Bytef*>(random.data()), static_cast<uInt>(random.size())));
    std::array<char, checksum_length> out{};
    for (auto at = out.rbegin(); at != out.rend(); ++at, rest /= 62)
        *at = alphabet[rest % 62];
    return out;
}

} // namespace

// The one-shot SHA256() looks the algorithm up at every call, which costs more than the hash of a key.
sha256_hash sha256(std::string_view text) noexcept {
    static const EVP_MD* const algorithm = ::EVP_MD_fetch(nullptr, "SHA256", nullptr);
    static thread_local const std::unique_ptr<EVP_MD_CTX, decltype(&::EVP_MD_CTX_free)> context{
        ::EVP_MD_CTX_new(), &::EVP_MD_CTX_free};
    sha256_hash out;
    ::EVP_DigestInit_ex2(context.get(), algorithm, nullptr);
    ::EVP_DigestUpdate(context.get(), text.data(), text.size());
    ::EVP_DigestFinal_ex(context.get(), out.data(), nullptr);
    return out;
}

std::string make_api_key() {
    std::string key{prefix};
    while (key.size() < prefix.size() + random_length) {
        std::array<unsigned char, 64> bytes{};
        if (::RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
            throw std::runtime_error("no random numbers from OpenSSL");
        for (const auto byte : bytes) // 248 = 4 × 62: what lies above would favour the first characters
            if (byte < 248 && key.size() < prefix.size() + random_length)
                key += alphabet[byte % 62];
    }
    const auto check = checksum(std::string_view{key}.substr(prefix.size()));
    key.append(check.data(), check.size());
    return key;
}

bool well_formed_api_key(std::string_view key) noexcept {
    if (key.size() != prefix.size() + random_length + checksum_length || !key.starts_with(prefix))
        return false;
    const auto random = key.substr(prefix.size(), random_length);
    if (random.find_first_not_of(alphabet) != std::string_view::npos)
        return false;
    const auto check = checksum(random);
    return key.substr(prefix.size() + random_length) == std::string_view{check.data(), check.size()};
}

std::string display_prefix(std::string_view key) {
    return std::string{key.substr(0, prefix.size() + 4)};
}

} // namespace bursar::server
