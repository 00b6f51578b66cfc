#include "server/identity/password_hasher.hpp"

#include "server/identity/password_rules.hpp"

#include <argon2.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

namespace bursar::server {

namespace {

constexpr std::size_t salt_length = 16;
constexpr std::size_t hash_length = 32;

// Behind whatever else wants the processor. On Linux a nice value is a thread's own.
void step_back() noexcept {
    static thread_local const int done = ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), 10);
    static_cast<void>(done);
}

std::string hash_now(const std::string& password, const argon2_parameters& how) {
    step_back();
    std::array<unsigned char, salt_length> salt{};
    if (::RAND_bytes(salt.data(), static_cast<int>(salt.size())) != 1)
        throw std::runtime_error("no random numbers from OpenSSL");
    std::string out(
        ::argon2_encodedlen(
            how.passes, how.memory, how.lanes, static_cast<std::uint32_t>(salt.size()), hash_length, Argon2_id),
        '\0');
    const auto code = ::argon2id_hash_encoded(
        how.passes, how.memory, how.lanes, password.data(), password.size(), salt.data(), salt.size(), hash_length,
        out.data(), out.size());
    if (code != ARGON2_OK)
        throw std::runtime_error(std::string{"argon2: "} + ::argon2_error_message(code));
    out.resize(out.find('\0'));
    return out;
}

bool verify_now(const std::string& encoded, const std::string& password) noexcept {
    step_back();
    return ::argon2id_verify(encoded.c_str(), password.data(), password.size()) == ARGON2_OK;
}

// How every hash of these parameters begins.
std::string prefix_of(const argon2_parameters& how) {
    return "$argon2id$v=19$m=" + std::to_string(how.memory) + ",t=" + std::to_string(how.passes) +
           ",p=" + std::to_string(how.lanes) + "$";
}

} // namespace

password_hasher::password_hasher(asio::io_context& loop, const options& how)
    : parameters_(how.parameters)
    , nobodys_(hash_now({}, how.parameters))
    , threads_(loop, how.at_once, how.at_once + how.waiting) {}

// The work has a name of its own: GCC 12 destroys one that is written into the co_await expression twice.
awaitable<result<std::string>> password_hasher::hash(std::string password) {
    auto work = [password = std::move(password), how = parameters_, &made = made_]() mutable {
        auto out = hash_now(password, how);
        ++made;
        ::OPENSSL_cleanse(password.data(), password.size());
        return out;
    };
    co_return co_await threads_.compute(std::move(work));
}

awaitable<result<std::optional<std::string>>>
password_hasher::objection(std::string password, std::vector<std::string> about) {
    auto work = [password = std::move(password), about = std::move(about)]() mutable {
        step_back();
        auto out = password_objection(password, about);
        ::OPENSSL_cleanse(password.data(), password.size());
        return out;
    };
    co_return co_await threads_.compute(std::move(work));
}

awaitable<result<password_hasher::verdict>>
password_hasher::verify(std::string password, std::optional<std::string> encoded) {
    const bool known = encoded.has_value();
    const bool outdated = known && !encoded->starts_with(prefix_of(parameters_));
    auto work = [password = std::move(password), against = known ? std::move(*encoded) : nobodys_,
                 &made = made_]() mutable {
        const bool out = verify_now(against, password);
        ++made;
        ::OPENSSL_cleanse(password.data(), password.size());
        return out;
    };
    auto matches = co_await threads_.compute(std::move(work));
    if (!matches)
        co_return matches.error();
    co_return verdict{known && *matches, outdated};
}

} // namespace bursar::server
