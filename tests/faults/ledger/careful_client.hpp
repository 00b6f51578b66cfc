// A client as it should be: every request has a key and is sent again, to one server or the other, until it is
// answered.
#pragma once

#include "tests/integration/handlers/ledger/books.hpp"

#include <atomic>
#include <chrono>
#include <map>
#include <random>

namespace bursar::tests {

class careful_client {
public:
    // Sends to one of the ports each time; when `favourite` says one, by its place, to that one first. One thread's.
    careful_client(
        std::string key, std::vector<std::uint16_t> ports, std::uint64_t seed,
        const std::atomic<std::size_t>* favourite = nullptr);

    // The answer that is no "try again". Throws when none has come for a minute, or one that should never come.
    reply post(const std::string& path, const std::string& body, const std::string& key = fresh_key());

    // Whether a try of the last request but the one that was answered may have been carried out.
    bool unsure() const noexcept { return unsure_; }
    // The answer to the last try but that one, if there was an answer.
    const std::string& put_off() const noexcept { return put_off_; }
    // How often a request had to be sent again.
    std::size_t repeated() const noexcept { return repeated_; }

private:
    std::uint16_t choose_port(bool first);
    std::optional<reply>
    try_once(std::uint16_t port, const std::string& path, const std::string& body, const std::string& key);

    std::string key_;
    std::vector<std::uint16_t> ports_;
    std::mt19937_64 random_;
    const std::atomic<std::size_t>* favourite_;
    std::map<std::uint16_t, caller> open_;
    bool unsure_ = false;
    std::string put_off_;
    std::size_t repeated_ = 0;
};

} // namespace bursar::tests
