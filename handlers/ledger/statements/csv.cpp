#include "server/csv.hpp"

#include "handlers/ledger/statements/forms.hpp"

namespace bursar::handlers::statements {

namespace {

constexpr std::string_view header =
    "type,seq,recorded_at,effective_at,transfer_id,description,external_reference,counterparty_id,counterparty_code,"
    "counterparty_name,amount,balance,currency\r\n";

void append_number(std::string& out, std::int64_t value) {
    out += std::to_string(value);
}

void append_text(std::string& out, const std::optional<std::string>& text) {
    if (text)
        server::append_csv_text(out, *text);
}

void append_id(std::string& out, const uuid& id) {
    out += id.to_string();
}

void append_balance(
    std::string& out, std::string_view type, const db::repositories::statement_balance& balance, timestamp at,
    std::string_view currency) {
    out.append(type).append(",");
    append_number(out, balance.seq);
    out += ',';
    server::append_rfc3339(out, at);
    out += ",,,,,,,,,";
    append_number(out, balance.posted);
    out.append(",").append(currency).append("\r\n");
}

void append_line(std::string& out, const statement_line& line, std::string_view currency) {
    out += "line,";
    append_number(out, line.seq);
    out += ',';
    server::append_rfc3339(out, line.recorded_at);
    out += ',';
    server::append_rfc3339(out, line.effective_at);
    out += ',';
    append_id(out, line.transfer_id);
    out += ',';
    append_text(out, line.description);
    out += ',';
    append_text(out, line.external_reference);
    out += ',';
    if (line.counterparty) {
        append_id(out, line.counterparty->id);
        out += ',';
        append_text(out, line.counterparty->code);
        out += ',';
        append_text(out, line.counterparty->name);
    } else {
        out += ",,";
    }
    out += ',';
    append_number(out, line.amount);
    out += ',';
    append_number(out, line.balance);
    out.append(",").append(currency).append("\r\n");
}

void csv_begin(std::string& out, const opened_statement& what) {
    out += header;
    append_balance(out, "opening", what.of.opening, what.from, what.of.account.currency);
}

void csv_lines(std::string& out, const opened_statement& what, const std::vector<statement_line>& some) {
    for (const auto& line : some)
        append_line(out, line, what.of.account.currency);
}

void csv_end(std::string& out, const opened_statement& what, const statement_totals&) {
    append_balance(out, "closing", what.of.closing, what.to, what.of.account.currency);
}

} // namespace

form csv() {
    return {"text/csv", "Content-Type: text/csv; charset=utf-8; header=present\r\n", "csv", csv_begin, csv_lines,
            csv_end};
}

} // namespace bursar::handlers::statements
