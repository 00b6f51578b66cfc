// Clients of the model test: each invents requests from a seed, sends them until they are answered, and keeps what it
// was told and when.
#pragma once

#include "tests/faults/ledger/careful_client.hpp"
#include "tests/faults/ledger/model_books.hpp"

#include <atomic>
#include <mutex>

namespace bursar::tests {

// Where model_world puts its accounts.
namespace model_places {
inline constexpr std::size_t world = 0;
inline constexpr std::size_t in_euros = 9; // so many, from world on
inline constexpr std::size_t dollars = 9;  // two
inline constexpr std::size_t frozen = 11;
inline constexpr std::size_t without_end = 12; // two
inline constexpr std::size_t frozen_at_times = 14;
inline constexpr std::size_t beside_it = 15; // for transfers with that alone
} // namespace model_places

using instant = std::chrono::steady_clock::time_point;

// A transfer somebody asked for, alone or in a batch, and what became of it.
struct operation {
    model_request request;
    std::string must_be; // the only code that can come of it; empty: the books decide
    std::string path;
    std::string body;
    std::string key;
    std::optional<std::size_t> month; // of the past, in which it takes effect

    instant sent;     // for the first time
    instant answered; // for good, for the first time
    unsigned status = 0;
    std::string code;    // of a refusal
    std::string pointer; // and the field at fault
    std::string id;      // of the transfer that was made
    boost::json::value balances;
    std::string text;                  // of the answer to a request of its own
    std::vector<model_request> before; // members of its batch that are done together with it, or not at all
    bool with_others = false;          // refused because of another member of its batch
};

// The balances of all accounts, read at once: posted, pending in and out, available and seq of each.
struct sight {
    instant sent;
    instant answered;
    std::vector<std::vector<std::int64_t>> balances;
};

// A time for which the account that is frozen at times was, for all that clients know.
struct frost {
    instant asked;
    instant done = instant::max();
    instant thaw_asked = instant::max();
    instant thawed = instant::max();
};

// Of one month after the other from January 2001 on, when somebody asked to close it and was told that it is.
struct closing {
    instant asked;
    instant done = instant::max();
};

// Of an account as answers show it, in the order of a sight.
std::vector<std::int64_t> shown_balance(const boost::json::value& of, const boost::json::value& seq);

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
    };
    void add_target(target made);
    // One of the last, or nothing when there is none yet.
    std::optional<target> pick_target(std::mt19937_64& random);

    void note(std::vector<operation> done, std::vector<sight> seen, std::size_t repeated);
    void complain(std::string what);

    // For whoever breaks things: answers so far, and clients that have not ended.
    std::atomic<std::size_t> answered{0};
    std::atomic<std::size_t> clients{0};
    // The port that all clients try first, by its place, or none. Alone for a while, a server does much from memory.
    std::atomic<std::size_t> favourite{ports.size()};
    // Months that somebody has asked to close.
    std::atomic<std::size_t> closing_months{0};

    // When all clients have ended.
    std::vector<operation> operations;
    std::vector<sight> sights;
    std::vector<frost> frosts;     // one client's until then
    std::vector<closing> closings; // likewise
    std::vector<std::string> complaints;
    std::size_t repeated = 0; // requests that had to be sent again

private:
    std::mutex mutex_;
    std::vector<target> targets_;
};

// What a client does now and then beside its requests: freeze an account and thaw it, close a month.
enum class duty : std::uint8_t { none, freezes, closes };

class model_client {
public:
    model_client(model_round& in, std::uint64_t seed, duty also);

    // Sends so many requests, one after the other. Counted among the round's clients by who starts it.
    void run(std::size_t requests);

private:
    std::size_t below(std::size_t limit) { return static_cast<std::size_t>(random_() % limit); }
    bool chance(std::size_t percent) { return below(100) < percent; }
    std::int64_t amount() { return static_cast<std::int64_t>(1 + below(120)); }

    model_leg some_leg();
    std::optional<model_leg> leg_to_the_limit();
    void learn_room(const operation& of);
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
    reply send_batch(const operation& whole);
    static void take_in_member(operation& member, const boost::json::value& answer);
    void take_in_refusal(std::vector<operation>& members, const reply& answer);
    void repeat_earlier();
    void look();
    void freeze_or_thaw();
    void close_a_month();
    reply send(careful_client& by, const operation& op);
    static void take_in(operation& op, const reply& answer);
    void expect_same(const operation& op, const reply& again);
    void expect_key_refused(const operation& op, const reply& other);

    model_round& in_;
    std::mt19937_64 random_;
    careful_client client_;
    careful_client other_; // for what is sent twice at once
    std::vector<operation> done_;
    std::vector<sight> seen_;
    duty also_;
    std::vector<std::int64_t> room_; // to the limit of each account, when last heard of; 0 when not known
};

} // namespace bursar::tests
