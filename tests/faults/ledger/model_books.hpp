// The ledger as one keeps it with pencil and paper, one request after the other: what the real one is held against.
// Knows nothing of bursar's sources. Accounts are named by their place in the list.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace bursar::tests {

// Of an amount: beyond it JavaScript's numbers are not exact.
inline constexpr std::int64_t largest_exact = 9007199254740991;

enum class action : std::uint8_t { transfer, post, void_, reverse, expire };

struct model_leg {
    std::size_t debit;
    std::size_t credit;
    std::int64_t amount;
};

// What somebody asks for.
struct model_request {
    action what = action::transfer;
    std::vector<model_leg> legs; // of a transfer
    bool pending = false;
    bool expires = false;
    std::string target;                // of the others: the id of what is posted, voided or reversed
    std::vector<std::int64_t> amounts; // of a posting or a reversal, for each leg; empty: all that is left
};

// A page of the ledger: what was debited and credited, and what is held on either side.
struct model_account {
    std::string id;
    bool credit_normal = true;
    std::optional<std::int64_t> floor{};
    std::optional<std::int64_t> ceiling{};
    std::string currency = "EUR";
    bool open = true;

    std::int64_t debits = 0;
    std::int64_t credits = 0;
    std::int64_t held_debits = 0;
    std::int64_t held_credits = 0;
    std::int64_t seq = 0;

    std::int64_t posted() const { return credit_normal ? credits - debits : debits - credits; }
    std::int64_t pending_in() const { return credit_normal ? held_credits : held_debits; }
    std::int64_t pending_out() const { return credit_normal ? held_debits : held_credits; }
    std::int64_t available() const { return posted() - pending_out(); }
};

// One side of one leg.
struct model_line {
    std::size_t account;
    std::size_t leg;
    bool debit;
    std::int64_t amount; // moved
    std::int64_t held;   // or let go, below 0

    // Writes it on the page.
    void write(model_account& on) const;
    // Why the page cannot take it, as a code; empty when it can. What lets a hold go is never stopped by a limit.
    std::string refusal(const model_account& before, bool lets_go) const;
};

struct model_transfer {
    model_request request;
    std::vector<model_leg> legs; // with what was moved, held or let go
    std::string settled_by;
    action how = action::transfer; // it was settled
    std::vector<std::int64_t> reversed;
};

class model_books {
public:
    explicit model_books(std::vector<model_account> accounts)
        : accounts_(std::move(accounts)) {}

    // Does it under the id, or changes nothing and says why not, as a code.
    std::string apply(const model_request& what, const std::string& id);
    // The lines that it would write now; empty, and why, when its target does not allow it.
    std::vector<model_line> lines_of(const model_request& what, std::string& why) const;
    // Those of the last that was applied.
    const std::vector<model_line>& lines() const noexcept { return lines_; }

    const std::vector<model_account>& accounts() const noexcept { return accounts_; }
    const std::map<std::string, model_transfer>& transfers() const noexcept { return transfers_; }

    // What a reversal of it reverses: itself, or the posting of a hold.
    std::string moved_by(const std::string& id) const;

private:
    std::vector<model_account> accounts_;
    std::map<std::string, model_transfer> transfers_;
    std::vector<model_line> lines_;
};

} // namespace bursar::tests
