#include "handlers/ledger/imports/history.hpp"

#include "handlers/ledger/imports/fields.hpp"
#include "server/schema/declare.hpp"
#include "server/secret.hpp"

#include <array>

namespace bursar::handlers::imports {

using namespace std::chrono_literals;

namespace {

struct transfer_field {
    enum : std::size_t { reference, recorded_at, effective_at, debit_code, credit_code, amount, description };
};

constexpr std::array transfer_columns{
    column{"reference"},           column{"recorded_at"}, column{"effective_at", false}, column{"debit_account_code"},
    column{"credit_account_code"}, column{"amount"},      column{"description", false},
};

uuid hash_of(std::initializer_list<std::string_view> parts) {
    std::string all;
    for (const auto part : parts)
        all.append(part).append(1, '\0');
    return uuid::v8(server::sha256(all));
}

// All of the row that a repetition must repeat, however it spells its instants and numbers.
uuid meaning_of(const past_transfer& row, std::string_view debit, std::string_view credit) {
    const auto& what = row.what;
    return hash_of(
        {*what.external_reference, server::to_rfc3339(row.recorded_at), server::to_rfc3339(*what.effective_at), debit,
         credit, std::to_string(what.legs.front().amount), what.description.value_or("")});
}

// As it is spelled, which is what was kept of rows at first.
uuid spelling_of(const table& row) {
    return hash_of(
        {row[transfer_field::reference], row[transfer_field::recorded_at], row[transfer_field::effective_at],
         row[transfer_field::debit_code], row[transfer_field::credit_code], row[transfer_field::amount],
         row[transfer_field::description]});
}

std::string words_of(const server::error& why) {
    const auto& standing = server::describe(why.code);
    std::string out{standing.name};
    out.append(": ").append(why.message.empty() ? standing.message : std::string_view{why.message});
    for (const auto& each : why.fields)
        out.append(" (").append(each.pointer).append(" ").append(each.message).append(")");
    return out;
}

} // namespace

history_file::history_file(std::string_view text, uuid org, const chart& accounts, faults& found)
    : rows_(text, transfer_columns, found)
    , org_(org)
    , accounts_(accounts) {}

std::vector<past_transfer> history_file::next(std::size_t most, faults& found) {
    std::vector<past_transfer> out;
    out.reserve(most);
    while (out.size() < most && rows_.next(found))
        if (auto row = read(found))
            out.push_back(std::move(*row));
    return out;
}

std::optional<past_transfer> history_file::read(faults& found) {
    row_reader row{rows_, transfer_columns, found};
    past_transfer out;
    out.line = rows_.line();
    const auto recorded = row.time(transfer_field::recorded_at);
    const auto moved = row.integer(transfer_field::amount, 1, transfers::largest_amount);
    auto& what = out.what;
    what.org = org_;
    what.external_reference = row.reference(transfer_field::reference, 200);
    what.effective_at = row.time(transfer_field::effective_at);
    if (auto text = row.text(transfer_field::description, 500); !text.empty())
        what.description = std::move(text);
    std::array<uuid, 2> sides;
    std::array<std::string, 2> codes;
    for (const auto side : {transfer_field::debit_code, transfer_field::credit_code}) {
        auto& code = codes[side == transfer_field::credit_code ? 1 : 0];
        code = row.label(side, 100);
        const auto known = accounts_.find(code);
        if (known != accounts_.end())
            sides[side == transfer_field::credit_code ? 1 : 0] = known->second;
        else if (!rows_[side].empty())
            row.refuse(side, "is no account's code");
    }
    if (row.fine() && sides[0] == sides[1])
        row.refuse(transfer_field::credit_code, "must be another account than the debited one");
    if (recorded && *recorded < last_)
        row.refuse(transfer_field::recorded_at, "is before that of the row above: rows must be in its order");
    if (recorded)
        last_ = std::max(last_, *recorded);
    if (!row.fine())
        return std::nullopt;
    out.recorded_at = *recorded;
    if (!what.effective_at)
        what.effective_at = recorded;
    what.legs = {{sides[0], sides[1], *moved}};
    what.idempotency_key = uuid::v8(server::sha256("import " + *what.external_reference));
    what.request_hash = meaning_of(out, codes[0], codes[1]);
    out.spelling = spelling_of(rows_);
    return out;
}

std::optional<std::string> history::too_early(const past_transfer& row, const working_balances& balances) const {
    if (row.recorded_at < timestamp{})
        return "recorded_at is before 1970";
    if (bounds_.archived_before && row.recorded_at < *bounds_.archived_before)
        return "recorded_at is before " + server::to_rfc3339(*bounds_.archived_before) +
               ", and what was recorded before that has been archived";
    for (const auto& id : {row.what.legs.front().debit_account_id, row.what.legs.front().credit_account_id}) {
        const auto& account = balances.account({row.what.org, id});
        if (account.last_recorded_at > std::max(row.recorded_at, last_))
            return "account " + id.to_string() + " has an entry recorded later, at " +
                   server::to_rfc3339(account.last_recorded_at);
    }
    return std::nullopt;
}

std::optional<std::string>
history::record(const past_transfer& row, working_balances& balances, transfers::applied& out) {
    if (row.recorded_at > bounds_.now || *row.what.effective_at > bounds_.now + server::schema::horizons::past.most)
        return "is of the future";
    if (auto why = too_early(row, balances))
        return why;
    const auto at = last_ == timestamp::min() ? row.recorded_at : std::max(row.recorded_at, last_ + 1us);
    auto made = balances.apply(row.what, at);
    if (!made)
        return words_of(made.error());
    out = std::move(*made);
    last_ = out.recorded_at;
    return std::nullopt;
}

} // namespace bursar::handlers::imports
