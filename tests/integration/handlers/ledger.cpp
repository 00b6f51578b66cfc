#include "tests/integration/handlers/ledger.hpp"

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
    // One side: the account as it is after it, and what its entry says.
    const auto side = [&](const char* name, const std::string& account, const char* sign, const char* pending) {
        return std::string{name} + " as (update accounts a set seq = a.seq + 1, balance = a.balance " + sign +
               " what.size, " + pending + " = a." + pending +
               " + what.held, last_recorded_at = what.at from what where a.id = '" + account +
               "' returning a.*, what.transfer, what.at, " + sign + "what.size as amount, what.held)";
    };
    std::string out = "with what as materialized (select gen_random_uuid() as transfer, ";
    out.append("(")
        .append(what.at)
        .append(")::timestamptz as at, ")
        .append(std::to_string(what.amount))
        .append(" as size, ");
    out.append(std::to_string(what.held)).append(" as held), ");
    out.append(side("debit", what.debit, "+", "pending_debits")).append(", ");
    out.append(side("credit", what.credit, "-", "pending_credits"));
    out.append(
        ", sides as (select *, true as is_debit from debit union all select *, false from credit) "
        "insert into entries (org_id, account_id, recorded_at, seq, transfer_id, effective_at, amount, held, "
        "balance, pending_debits, pending_credits, leg, debit) select org_id, id, at, seq, transfer, at, amount, "
        "held, balance, pending_debits, pending_credits, 1, is_debit from sides");
    return out;
}

void transfer(const movement& what) {
    the_deployment().postgres().query(transfer_sql(what));
}

} // namespace bursar::tests
