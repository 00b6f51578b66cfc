#include "tests/faults/ledger/model_check.hpp"

#include <algorithm>
#include <set>
#include <span>

namespace bursar::tests {

namespace {

constexpr std::size_t complaints_at_most = 20;

// A transfer as the database has it.
struct recorded {
    std::string id;
    std::string kind;
    std::string target;
    std::vector<std::vector<std::string>> entries; // in the order of the account's seq
};

// A moment of an account, and who brought it about.
struct moment {
    model_account after;
    const operation* by = nullptr; // null: nobody, or bursar itself
};

std::string shown(const operation& op) {
    return op.path + " " + op.body + " (" + op.key + ", answered " + std::to_string(op.status) + " " + op.code + op.id +
           ")";
}

std::vector<std::int64_t> balance_of(const model_account& page) {
    return {page.posted(), page.pending_in(), page.pending_out(), page.available(), page.seq};
}

class checker {
public:
    checker(const model_round& round, const sql_session& by, const std::string& org)
        : round_(round)
        , books_(round.accounts)
        , timelines_(round.accounts.size()) {
        for (std::size_t i = 0; i < round.accounts.size(); ++i) {
            places_[round.accounts[i].id] = i;
            timelines_[i].push_back({round.accounts[i], nullptr});
        }
        for (const auto& op : round.operations)
            if (op.status == 201 && !told_.emplace(op.id, &op).second)
                complain("two requests were told of one transfer: " + shown(op));
        load(by, org);
    }

    std::vector<std::string> check(const sql_session& by, const std::string& org) {
        for (const auto& row : history_)
            replay(row);
        for (const auto& [id, op] : told_)
            if (!seen_.contains(id))
                complain("acknowledged and not there: " + shown(*op));
        check_order_of_time();
        for (const auto& op : round_.operations)
            if (op.status != 201)
                check_refusal(op);
        for (const auto& seen : round_.sights)
            check_sight(seen);
        check_accounts(by, org);
        return std::move(complaints_);
    }

private:
    void complain(std::string what) {
        if (complaints_.size() < complaints_at_most)
            complaints_.push_back(std::move(what));
    }

    void load(const sql_session& by, const std::string& org);
    void replay(const recorded& row);
    void compare_entries(const recorded& row, const std::string& what);
    void compare_answer(const operation& op);
    void check_not_frozen(const operation& op);
    void check_not_closed(const operation& op);
    void check_order_of_time();
    void check_accounts(const sql_session& by, const std::string& org);

    void check_sight(const sight& seen);
    void check_refusal(const operation& op);
    bool stands_to_reason(const operation& op);
    bool some_line_was_refused(const operation& op);
    bool was_frozen(const operation& op);
    bool was_refused(const operation& op, const std::vector<model_line>& lines, std::size_t at);
    bool was_settled(const operation& op);
    bool was_reversed_in_part(const operation& op);
    // Whether it may have been done before an answer.
    static bool may_precede(const operation* done, instant answered) {
        return done == nullptr || done->sent <= answered;
    }
    std::span<const moment> moments_between(std::size_t account, instant sent, instant answered) const;

    const model_round& round_;
    model_books books_;
    std::map<std::string, std::size_t> places_;
    std::map<std::string, const operation*> told_;
    std::vector<recorded> history_;
    std::set<std::string> seen_;
    std::vector<std::vector<moment>> timelines_;
    std::vector<std::string> complaints_;
};

void checker::load(const sql_session& by, const std::string& org) {
    std::map<std::string, std::size_t> at;
    for (const auto& row : by.rows(
             "select id, kind, coalesce(target_id::text, '') from transfers where org_id = '" + org +
             "' order by recorded_at, id")) {
        at[row[0]] = history_.size();
        history_.push_back({row[0], row[1], row[2], {}});
    }
    for (auto& row : by.rows(
             "select transfer_id, account_id, seq, leg, debit, amount, held, balance, pending_debits, pending_credits "
             "from "
             "entries where org_id = '" +
             org + "' order by account_id, seq")) {
        const auto found = at.find(row[0]);
        if (found == at.end())
            complain("an entry without its transfer: " + row[0]);
        else
            history_[found->second].entries.push_back(std::move(row));
    }
}

void checker::replay(const recorded& row) {
    const auto found = told_.find(row.id);
    const operation* const op = found == told_.end() ? nullptr : found->second;
    model_request request;
    if (op != nullptr) {
        request = op->request;
        seen_.insert(row.id);
    } else if (row.kind == "expiry") {
        request = {action::expire, {}, false, false, row.target, {}};
    } else {
        return complain("there, and nobody was told of it: " + row.kind + " " + row.id);
    }
    const auto what = op != nullptr ? shown(*op) : "expiry of " + row.target;
    if (const auto refused = books_.apply(request, row.id); !refused.empty())
        return complain("done where it should have been refused with " + refused + ": " + what);
    compare_entries(row, what);
    std::set<std::size_t> touched;
    for (const auto& line : books_.lines())
        touched.insert(line.account);
    for (const auto place : touched)
        timelines_[place].push_back({books_.accounts()[place], op});
    if (op != nullptr) {
        compare_answer(*op);
        check_not_frozen(*op);
        check_not_closed(*op);
    }
}

void checker::check_not_closed(const operation& op) {
    const auto& all = round_.closings;
    if (op.month && *op.month < all.size() && all[*op.month].done < op.sent)
        complain("done in a closed month: " + shown(op));
}

void checker::check_not_frozen(const operation& op) {
    const auto took = [](const auto& line) {
        return line.account == model_places::frozen_at_times && (line.amount != 0 || line.held > 0);
    };
    const auto throughout = [&](const auto& cold) { return cold.done < op.sent && op.answered < cold.thaw_asked; };
    if (std::any_of(books_.lines().begin(), books_.lines().end(), took) &&
        std::any_of(round_.frosts.begin(), round_.frosts.end(), throughout))
        complain("done with a frozen account: " + shown(op));
}

void checker::compare_entries(const recorded& row, const std::string& what) {
    std::vector<std::vector<std::string>> expected;
    std::map<std::size_t, model_account> pages;
    const auto& lines = books_.lines();
    // The pages as they are after the last line; taken back line by line, then written again.
    for (const auto& line : lines)
        pages[line.account] = books_.accounts()[line.account];
    for (const auto& line : lines) {
        auto& page = pages[line.account];
        (line.debit ? page.debits : page.credits) -= line.amount;
        (line.debit ? page.held_debits : page.held_credits) -= line.held;
        --page.seq;
    }
    for (const auto& line : lines) {
        auto& page = pages[line.account];
        line.write(page);
        expected.push_back(
            {row.id, page.id, std::to_string(page.seq), std::to_string(line.leg), line.debit ? "t" : "f",
             std::to_string(line.debit ? line.amount : -line.amount), std::to_string(line.held),
             std::to_string(page.debits - page.credits), std::to_string(page.held_debits),
             std::to_string(page.held_credits)});
    }
    auto actual = row.entries;
    std::sort(expected.begin(), expected.end());
    std::sort(actual.begin(), actual.end());
    if (actual != expected)
        complain("its entries are not the model's: " + what);
}

void checker::compare_answer(const operation& op) {
    std::map<std::string, std::vector<std::int64_t>> told;
    for (const auto& each : op.balances.as_array())
        told[reply::text_of(each, "account_id")] = shown_balance(each, each.at("seq"));
    std::map<std::string, std::vector<std::int64_t>> expected;
    for (const auto& line : books_.lines()) {
        const auto& page = books_.accounts()[line.account];
        expected[page.id] = balance_of(page);
    }
    if (told != expected)
        complain("its answer tells other balances than the model: " + shown(op));
}

// For each account: nothing that was answered before another was sent comes after it.
void checker::check_order_of_time() {
    for (const auto& timeline : timelines_) {
        const operation* latest = nullptr; // of those so far, the one that was sent last
        for (const auto& at : timeline) {
            if (at.by == nullptr)
                continue;
            if (latest != nullptr && at.by->answered < latest->sent)
                complain("out of the order of time: " + shown(*at.by) + " behind " + shown(*latest));
            if (latest == nullptr || latest->sent < at.by->sent)
                latest = at.by;
        }
    }
}

void checker::check_accounts(const sql_session& by, const std::string& org) {
    const auto rows =
        by.rows("select id, seq, balance, pending_debits, pending_credits from accounts where org_id = '" + org + "'");
    if (rows.size() != places_.size())
        complain("some accounts came or went");
    for (const auto& row : rows) {
        const auto& page = books_.accounts()[places_.at(row[0])];
        const std::vector<std::string> expected{
            page.id, std::to_string(page.seq), std::to_string(page.debits - page.credits),
            std::to_string(page.held_debits), std::to_string(page.held_credits)};
        if (row != expected)
            complain("account " + page.id + " does not end where the model does");
    }
}

void checker::check_refusal(const operation& op) {
    if (op.status < 400 || op.status >= 500)
        complain("an answer that nobody expects: " + shown(op));
    else if (!op.must_be.empty() ? op.code != op.must_be : !stands_to_reason(op))
        complain("refused without a reason: " + shown(op) + (op.must_be.empty() ? "" : ", not " + op.must_be));
}

bool checker::stands_to_reason(const operation& op) {
    if (op.with_others)
        return true;
    if (op.code == "VALIDATION_FAILED")
        return op.request.expires; // came too late to be made
    if (op.code == "INSUFFICIENT_FUNDS" || op.code == "LIMIT_EXCEEDED" || op.code == "BALANCE_OUT_OF_RANGE")
        return some_line_was_refused(op);
    if (op.code == "INVALID_STATE")
        return was_settled(op);
    if (op.code == "ACCOUNT_NOT_OPEN")
        return was_frozen(op);
    if (op.code == "PERIOD_CLOSED")
        return op.month && *op.month < round_.closings.size() && round_.closings[*op.month].asked <= op.answered;
    return op.code == "AMOUNT_EXCEEDED" && was_reversed_in_part(op);
}

// How an account may have stood at some time between request and answer.
std::span<const moment> checker::moments_between(std::size_t account, instant sent, instant answered) const {
    const std::span all{timelines_[account]};
    std::size_t first = 0;
    std::size_t last = 0;
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (all[i].by != nullptr && all[i].by->answered < sent)
            first = i;
        if (may_precede(all[i].by, answered))
            last = i;
    }
    return all.subspan(first, last + 1 - first);
}

// One snapshot: every account at a moment of then, and the sums right.
void checker::check_sight(const sight& seen) {
    std::map<std::string, std::int64_t> posted;
    std::map<std::string, std::int64_t> held;
    for (std::size_t place = 0; place < seen.balances.size(); ++place) {
        const auto& told = seen.balances[place];
        const auto& account = round_.accounts[place];
        const auto then = moments_between(place, seen.sent, seen.answered);
        if (std::none_of(then.begin(), then.end(), [&](const auto& at) { return balance_of(at.after) == told; }))
            complain("account " + account.id + " was shown as it never stood, or not then");
        posted[account.currency] += account.credit_normal ? -told[0] : told[0];
        held[account.currency] += account.credit_normal ? told[2] - told[1] : told[1] - told[2];
    }
    for (const auto& sums : {posted, held})
        for (const auto& [currency, sum] : sums)
            if (sum != 0)
                complain("balances that were read at once do not cancel out");
}

// Whether a line of it could not be written at some moment between request and answer. Earlier lines of its own count.
bool checker::was_refused(const operation& op, const std::vector<model_line>& lines, std::size_t at) {
    for (const auto& now : moments_between(lines[at].account, op.sent, op.answered)) {
        auto page = now.after;
        for (std::size_t earlier = 0; earlier < at; ++earlier)
            if (lines[earlier].account == lines[at].account)
                lines[earlier].write(page);
        if (lines[at].refusal(page, false) == op.code)
            return true;
    }
    return false;
}

bool checker::some_line_was_refused(const operation& op) {
    std::string why;
    std::vector<model_line> lines;
    for (const auto& request : op.before) {
        const auto more = books_.lines_of(request, why);
        lines.insert(lines.end(), more.begin(), more.end());
    }
    const auto own = lines.size();
    if (op.request.what == action::transfer) {
        const auto more = books_.lines_of(op.request, why);
        lines.insert(lines.end(), more.begin(), more.end());
    } else if (op.request.what == action::reverse) {
        const auto target = books_.transfers().find(books_.moved_by(op.request.target));
        if (target == books_.transfers().end())
            return false;
        // What was left at that moment is not known: anything up to the whole. The last leg comes first.
        for (auto i = target->second.legs.size(); i-- > 0;)
            for (const bool debit : {true, false}) {
                const auto& leg = target->second.legs[i];
                const auto amount = op.request.amounts.empty() ? leg.amount : op.request.amounts[i];
                lines.push_back({debit ? leg.credit : leg.debit, i, debit, amount, 0});
            }
    }
    for (auto at = own; at < lines.size(); ++at) {
        const auto field = std::string{lines[at].debit ? "debit" : "credit"} + "_account_id";
        const auto pointer =
            op.request.legs.size() == 1 ? "/" + field : "/legs/" + std::to_string(lines[at].leg) + "/" + field;
        if ((op.pointer.empty() || op.pointer == pointer) && was_refused(op, lines, at))
            return true;
    }
    return false;
}

// The account that is frozen at times, while a line of it came by.
bool checker::was_frozen(const operation& op) {
    const auto target = books_.transfers().find(books_.moved_by(op.request.target));
    const auto& legs = target == books_.transfers().end() ? op.request.legs : target->second.legs;
    const auto touched = [](const auto& leg) {
        return leg.debit == model_places::frozen_at_times || leg.credit == model_places::frozen_at_times;
    };
    const auto then = [&](const auto& cold) { return cold.asked <= op.answered && op.sent <= cold.thawed; };
    return std::any_of(legs.begin(), legs.end(), touched) &&
           std::any_of(round_.frosts.begin(), round_.frosts.end(), then);
}

// Post and void: somebody settled it, or its time had come. Reversal: it had not been posted, or never can be.
bool checker::was_settled(const operation& op) {
    const auto found = books_.transfers().find(op.request.target);
    if (found == books_.transfers().end())
        return false;
    const auto& target = found->second;
    const bool hold = target.request.what == action::transfer && target.request.pending;
    const auto settler = told_.find(target.settled_by);
    const bool settled_before =
        !target.settled_by.empty() && may_precede(settler == told_.end() ? nullptr : settler->second, op.answered);
    if (op.request.what == action::reverse) {
        if (target.request.what == action::reverse)
            return true;
        const bool surely_posted =
            hold && target.how == action::post && settler != told_.end() && settler->second->answered < op.sent;
        const bool moved_nothing = target.request.what == action::void_ || target.request.what == action::expire;
        return moved_nothing || (hold && !surely_posted);
    }
    return !hold || settled_before || (target.request.expires && op.request.what == action::post);
}

bool checker::was_reversed_in_part(const operation& op) {
    const auto id = op.request.what == action::reverse ? books_.moved_by(op.request.target) : op.request.target;
    const auto found = books_.transfers().find(id);
    if (found == books_.transfers().end())
        return false;
    const auto& target = found->second;
    for (std::size_t i = 0; i < op.request.amounts.size(); ++i)
        if (op.request.amounts[i] > target.legs[i].amount)
            return true; // more than there ever was
    if (op.request.what != action::reverse)
        return false;
    std::vector<std::int64_t> before(target.legs.size(), 0);
    for (const auto& [other_id, other] : books_.transfers()) {
        if (other.request.what != action::reverse || books_.moved_by(other.request.target) != id)
            continue;
        const auto by = told_.find(other_id);
        if (!may_precede(by == told_.end() ? nullptr : by->second, op.answered))
            continue;
        for (std::size_t i = 0; i < before.size(); ++i)
            before[i] += other.legs[i].amount;
    }
    for (std::size_t i = 0; i < before.size(); ++i)
        if (op.request.amounts.empty() ? before[i] > 0 : before[i] + op.request.amounts[i] > target.legs[i].amount)
            return true;
    // A posting of nothing but legs left out has nothing to reverse.
    return std::all_of(target.legs.begin(), target.legs.end(), [](const auto& leg) { return leg.amount == 0; });
}

} // namespace

std::vector<std::string> check_round(const model_round& round, const sql_session& by, const std::string& org) {
    auto complaints = round.complaints;
    checker all{round, by, org};
    for (auto& each : all.check(by, org))
        complaints.push_back(std::move(each));
    if (const auto broken = broken_rules(by, org); !broken.empty())
        complaints.push_back("rules of the books: " + broken);
    return complaints;
}

} // namespace bursar::tests
