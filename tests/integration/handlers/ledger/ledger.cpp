#include "tests/integration/handlers/ledger/ledger.hpp"

#include <stdexcept>

namespace bursar::tests {

std::string account_body(std::string_view type, std::string_view more, std::string_view currency) {
    std::string out = R"({"name":"Wallet","type":")";
    out.append(type).append(R"(","currency":")").append(currency).append("\"").append(more).append("}");
    return out;
}

std::string open_account(caller& of, std::string_view type, std::string_view more, std::string_view currency) {
    const auto made = of.post("/api/v1/accounts", account_body(type, more, currency));
    if (made.status != 201)
        throw std::runtime_error("no account: " + made.text);
    return made.id();
}

std::string transfer_sql(const movement& what) {
    // One side: the account as its entry leaves it. The trigger behind the entries moves it there.
    const auto side = [&](const char* name, const std::string& account, const char* sign, bool debit) {
        return std::string{name} + " as (select a.org_id, a.id, a.currency, a.seq + 1 as seq, a.balance " + sign +
               " what.size as balance, a.pending_debits + " + (debit ? "what.held" : "0") +
               " as pending_debits, a.pending_credits + " + (debit ? "0" : "what.held") +
               " as pending_credits, what.transfer, what.at, " + sign + "what.size as amount, what.held" +
               " from accounts a, what where a.id = '" + account + "')";
    };
    std::string out = "with what as materialized (select gen_random_uuid() as transfer, ";
    out.append("(")
        .append(what.at)
        .append(")::timestamptz as at, ")
        .append(std::to_string(what.amount))
        .append(" as size, ");
    out.append(std::to_string(what.held)).append(" as held), ");
    out.append(side("debit", what.debit, "+", true)).append(", ");
    out.append(side("credit", what.credit, "-", false));
    out.append(", sides as (select *, true as is_debit from debit union all select *, false from credit) "
               "insert into entries (org_id, account_id, recorded_at, seq, transfer_id, effective_at, amount, held, "
               "balance, pending_debits, pending_credits, leg, debit, currency) select org_id, id, at, seq, transfer, "
               "at, amount, "
               "held, balance, pending_debits, pending_credits, 0, is_debit, currency from sides");
    return out;
}

void transfer(const movement& what) {
    the_deployment().postgres().query(transfer_sql(what));
}

} // namespace bursar::tests
