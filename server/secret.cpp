#include "server/secret.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <zlib.h>

#include <memory>
#include <stdexcept>

namespace bursar::server {

namespace {

constexpr std::array<std::string_view, 3> prefixes{"bsk_live_", "bsr_live_", "bsi_live_"};
constexpr std::size_t prefix_length = prefixes.front().size();
constexpr std::size_t random_length = 30;
constexpr std::size_t checksum_length = 6;
static_assert(secret_length == prefix_length + random_length + checksum_length);
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

std::string_view prefix_of(secret_kind kind) noexcept {
    return prefixes[static_cast<std::size_t>(kind)];
}

std::string make_secret(secret_kind kind) {
    std::string out{prefix_of(kind)};
    while (out.size() < prefix_length + random_length) {
        std::array<unsigned char, 64> bytes{};
        if (::RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
            throw std::runtime_error("no random numbers from OpenSSL");
        for (const auto byte : bytes) // 248 = 4 × 62: what lies above would favour the first characters
            if (byte < 248 && out.size() < prefix_length + random_length)
                out += alphabet[byte % 62];
    }
    const auto check = checksum(std::string_view{out}.substr(prefix_length));
    out.append(check.data(), check.size());
    return out;
}

bool well_formed_secret(secret_kind kind, std::string_view text) noexcept {
    if (text.size() != secret_length || !text.starts_with(prefix_of(kind)))
        return false;
    const auto random = text.substr(prefix_length, random_length);
    if (random.find_first_not_of(alphabet) != std::string_view::npos)
        return false;
    const auto check = checksum(random);
    return text.substr(prefix_length + random_length) == std::string_view{check.data(), check.size()};
}

std::string display_prefix(std::string_view secret) {
    return std::string{secret.substr(0, prefix_length + 4)};
}

} // namespace bursar::server
