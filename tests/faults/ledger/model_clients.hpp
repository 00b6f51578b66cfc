// Clients of the model test: each invents requests from a seed, sends them until they are answered, and keeps what it
// was told and when.
#pragma once

#include "tests/faults/ledger/careful_client.hpp"
#include "tests/faults/ledger/model_books.hpp"

#include <atomic>
#include <mutex>

namespace bursar::tests {

using instant = std::chrono::steady_clock::time_point;

// A transfer somebody asked for, alone or in a batch, and what became of it.
struct operation {
    model_request request;
    std::string must_be; // the only code that can come of it; empty: the books decide
    std::string path;
    std::string body;
    std::string key;

    instant sent;     // for the first time
    instant answered; // for good, for the first time
    unsigned status = 0;
    std::string code;    // of a refusal
    std::string pointer; // and the field at fault
    std::string id;      // of the transfer that was made
    boost::json::value balances;
    bool with_others = false; // refused because of another member of its batch, perhaps
};

// What the clients of a round share.
class model_round {
public:
    model_round(std::string api_key, std::vector<std::uint16_t> server_ports, std::vector<model_account> in_books)
        : key(std::move(api_key))
        , ports(std::move(server_ports))
        , accounts(std::move(in_books)) {}

    const std::string key;
    const std::vector<std::uint16_t> ports;
    const std::vector<model_account> accounts;

    struct target {
        std::string id;
        std::vector<std::int64_t> amounts;
        bool pending;
    };
    void add_target(target made);
    // One of the last, or nothing when there is none yet.
    std::optional<target> pick_target(std::mt19937_64& random);

    void note(std::vector<operation> done, std::size_t repeated);
    void complain(std::string what);

    // For whoever breaks things: answers so far, and clients that have not ended.
    std::atomic<std::size_t> answered{0};
    std::atomic<std::size_t> clients{0};

    // When all clients have ended.
    std::vector<operation> operations;
    std::vector<std::string> complaints;
    std::size_t repeated = 0; // requests that had to be sent again

private:
    std::mutex mutex_;
    std::vector<target> targets_;
};

class model_client {
public:
    model_client(model_round& in, std::uint64_t seed);

    // Sends so many requests, one after the other. Counted among the round's clients by who starts it.
    void run(std::size_t requests);

private:
    std::size_t below(std::size_t limit) { return static_cast<std::size_t>(random_() % limit); }
    bool chance(std::size_t percent) { return below(100) < percent; }
    std::int64_t amount() { return static_cast<std::int64_t>(1 + below(120)); }

    model_leg some_leg();
    operation invent();
    operation invent_transfer();
    operation invent_settling();
    operation invent_reversal();
    operation invent_bad();
    void add_parts(operation& to, const model_round::target& of);
    std::string body_of(operation& of);
    std::string leg_text(const model_leg& leg) const;

    void carry_out(operation op);
    void carry_out_batch();
    reply send(careful_client& by, const operation& op);
    reply send_twice_at_once(const operation& op);
    void take_in(operation& op, const reply& answer);
    void expect_same(const operation& op, const reply& first, const reply& again);

    model_round& in_;
    std::mt19937_64 random_;
    careful_client client_;
    careful_client other_; // for what is sent twice at once
    std::vector<operation> done_;
};

} // namespace bursar::tests
