// Where the model test takes place: a PostgreSQL that keeps what it promises, two bursar processes, a way between them
// that can be cut, and somebody who breaks things.
#pragma once

#include "tests/faults/ledger/model_clients.hpp"
#include "tests/support/false_clock.hpp"
#include "tests/support/postgres_proxy.hpp"

namespace bursar::tests {

class model_world {
public:
    model_world();

    deployment& base() noexcept { return base_; }
    const postgres_server& postgres() { return base_.postgres(); }
    std::vector<std::uint16_t> ports() const { return {one_.port(), two_.port()}; }
    std::vector<bursar_server*> servers() { return {&one_, &two_}; }
    // Lets a hold expire by each server alone: what one leaves undone the other does, and nobody sees it. Complaints.
    std::vector<std::string> expire_by_each();
    // How things stand, for whoever finds them standing still: what PostgreSQL does, where the servers' transfers wait,
    // and the last that they said.
    std::string situation();

    // An organization with an API key, and its accounts.
    struct ground {
        std::string org;
        std::string key;
        std::vector<model_account> accounts;
    };
    ground prepare();

    // Breaks something and mends it. What it was, for the log.
    std::string break_something(std::mt19937_64& random);

private:
    void expire_by(bursar_server& server);
    std::vector<pid_t> backends();
    std::string kill_a_backend(std::mt19937_64& random);
    std::string stop_backends_for_a_while(std::mt19937_64& random);
    std::string turn_the_clock(std::mt19937_64& random);
    std::string stop_for_a_while(bursar_server& which, std::mt19937_64& random);

    deployment base_; // its own server does not run
    postgres_proxy way_;
    false_clock clock_; // of the second server, when BURSAR_MODEL_CLOCKS is set
    bursar_server one_;
    bursar_server two_;
};

// Breaks things one after the other, between the answers of a round, until all clients have ended. On the main thread:
// what it starts anew ends with the thread that started it. Says how often it did what.
std::map<std::string, std::size_t> break_things(model_world& books, model_round& round, std::uint64_t seed);

} // namespace bursar::tests
