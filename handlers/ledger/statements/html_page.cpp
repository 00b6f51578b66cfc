#include "handlers/ledger/statements/amounts.hpp"
#include "handlers/ledger/statements/files.hpp"
#include "handlers/ledger/statements/forms.hpp"
#include "server/schema/enums.hpp"
#include "server/secret.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>

namespace bursar::handlers::statements {

namespace {

using std::chrono::days;

// In characters; with longer ones the columns of amounts are wider.
constexpr std::size_t longest_usual_amount = 13;

// What turns the direction of the text that follows it (Unicode's Bidi_Control). Browsers do without: <bdi> finds the
// direction of what is in it, and a mark that ends an isolate might end that one.
constexpr std::array<std::string_view, 12> direction_marks{"\u061C", "\u200E", "\u200F", "\u202A", "\u202B", "\u202C",
                                                           "\u202D", "\u202E", "\u2066", "\u2067", "\u2068", "\u2069"};

void append_escaped(std::string& out, std::string_view text) {
    while (!text.empty()) {
        const auto* const mark = std::find_if(
            direction_marks.begin(), direction_marks.end(), [&](auto each) { return text.starts_with(each); });
        if (mark != direction_marks.end()) {
            text.remove_prefix(mark->size());
            continue;
        }
        const char c = text.front();
        text.remove_prefix(1);
        switch (c) {
        case '&': out += "&amp;"; break;
        case '<': out += "&lt;"; break;
        case '>': out += "&gt;"; break;
        case '"': out += "&quot;"; break;
        case '\'': out += "&#39;"; break;
        default: out += c;
        }
    }
}

// What others wrote, kept from changing the direction of what stands beside it.
std::string isolated(std::string_view text) {
    std::string out = "<bdi>";
    append_escaped(out, text);
    return out.append("</bdi>");
}

std::string date_of(timestamp at) {
    return server::to_rfc3339(at).substr(0, 10);
}

std::string time_of(timestamp at) {
    return server::to_rfc3339(at).substr(11, 8);
}

// "1 October 2026"
std::string long_date(timestamp at) {
    static constexpr std::array<std::string_view, 12> months{"January",   "February", "March",    "April",
                                                             "May",       "June",     "July",     "August",
                                                             "September", "October",  "November", "December"};
    const std::chrono::year_month_day day{std::chrono::floor<days>(at)};
    return std::to_string(static_cast<unsigned>(day.day())) + " " +
           std::string{months[static_cast<unsigned>(day.month()) - 1]} + " " +
           std::to_string(static_cast<int>(day.year()));
}

bool is_midnight(timestamp at) {
    return std::chrono::floor<days>(at) == at;
}

// Whole days are named by their first and their last one, as people do.
bool is_whole_days(const opened_statement& what) {
    return is_midnight(what.from) && is_midnight(what.to) && what.from < what.to;
}

std::string period_of(const opened_statement& what) {
    if (is_whole_days(what)) {
        const auto last = what.to - days{1};
        return last == what.from ? long_date(last) : long_date(what.from) + " \u2013 " + long_date(last);
    }
    return long_date(what.from) + ", " + time_of(what.from) + " \u2013 " + long_date(what.to) + ", " +
           time_of(what.to) + " UTC";
}

int places_of(const opened_statement& what) {
    return decimal_places(what.of.account.currency, what.of.asset_exponent);
}

std::string amount_of(const opened_statement& what, std::int64_t amount) {
    std::string out;
    append_amount(out, amount, places_of(what));
    return out;
}

// `value`: HTML.
void append_fact(std::string& out, std::string_view name, std::string_view value) {
    out.append("<div><dt>").append(name).append("</dt><dd>").append(value).append("</dd></div>\n");
}

void append_balance_row(
    std::string& out, std::string_view kind, std::string_view name, timestamp at, const std::string& amount) {
    out.append("<tr class=\"balance ").append(kind).append("\"><td class=\"date\">").append(date_of(at));
    out += "</td><td>";
    out.append(name).append("</td><td></td><td></td><td class=\"n\">").append(amount).append("</td></tr>\n");
}

void append_head(std::string& out, const opened_statement& what, const std::string& period) {
    out += "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
           "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>";
    append_escaped(out, what.of.account.name + ", " + period);
    out.append("</title>\n<style>").append(files::statement_css).append("</style>\n</head>\n<body>\n");
    out += "<header><p class=\"organization\">";
    out += isolated(what.of.organization);
    out += "</p><p class=\"kind\">Account statement</p></header>\n<h1>";
    out += isolated(what.of.account.name);
    out.append("</h1>\n<p class=\"period\">").append(period).append("</p>\n");
}

void append_facts(std::string& out, const opened_statement& what) {
    const auto& account = what.of.account;
    std::string type{server::schema::enum_name(account.type)};
    type.front() = static_cast<char>(type.front() - ('a' - 'A'));
    out += "<dl class=\"facts\">\n";
    if (account.code)
        append_fact(out, "Code", isolated(*account.code));
    append_fact(out, "Type", type);
    append_fact(out, "Currency", account.currency);
    append_fact(out, "Account", account.id.to_string());
    const auto net = what.of.closing.posted - what.of.opening.posted;
    out += "</dl>\n<dl class=\"sums\">\n";
    append_fact(out, "Opening balance", amount_of(what, what.of.opening.posted));
    append_fact(out, "Change", (net > 0 ? "+" : "") + amount_of(what, net));
    append_fact(out, "Closing balance", amount_of(what, what.of.closing.posted));
    out += "</dl>\n";
}

void html_page_begin(std::string& out, const opened_statement& what) {
    const auto opening = amount_of(what, what.of.opening.posted);
    append_head(out, what, period_of(what));
    append_facts(out, what);
    const auto longest = std::max(opening.size(), amount_of(what, what.of.closing.posted).size());
    out += longest > longest_usual_amount ? "<table class=\"wide\">\n" : "<table>\n";
    out += "<colgroup><col class=\"date\"><col><col class=\"amount\"><col class=\"amount\">"
           "<col class=\"amount\"></colgroup>\n<thead><tr><th scope=\"col\">Date</th><th scope=\"col\">Details</th>"
           "<th scope=\"col\" class=\"n\">In</th><th scope=\"col\" class=\"n\">Out</th>"
           "<th scope=\"col\" class=\"n\">Balance</th></tr></thead>\n<tbody>\n";
    append_balance_row(out, "opening", "Opening balance", what.from, opening);
    out += "</tbody>\n";
}

// What the transfer says of itself, or else whom it was with; below, what else is known.
void append_details(std::string& out, const statement_line& line) {
    const std::string_view other = line.counterparty ? std::string_view{line.counterparty->name} : "Transfer";
    out += isolated(line.description ? std::string_view{*line.description} : other);
    out += "<small>";
    if (line.description) {
        out += isolated(other);
        out += " \u00b7 ";
    }
    if (line.external_reference) {
        out += isolated(*line.external_reference);
        out += " \u00b7 ";
    }
    out.append("No.\u00a0").append(std::to_string(line.seq));
    if (const auto day = date_of(line.effective_at); day != date_of(line.recorded_at))
        out.append(" \u00b7 effective <span class=\"fixed\">").append(day).append("</span>");
    out += "</small>";
}

void html_page_lines(std::string& out, const opened_statement& what, const std::vector<statement_line>& some) {
    const auto places = places_of(what);
    out += "<tbody>\n";
    for (const auto& line : some) {
        out.append("<tr><td class=\"date\">")
            .append(date_of(line.recorded_at))
            .append("<small>")
            .append(time_of(line.recorded_at));
        out += "</small></td><td class=\"details\">";
        append_details(out, line);
        out += "</td><td class=\"n\">";
        if (line.amount > 0)
            append_amount(out, line.amount, places);
        out += "</td><td class=\"n\">";
        if (line.amount < 0)
            append_amount(out, -line.amount, places);
        out += "</td><td class=\"n\">";
        append_amount(out, line.balance, places);
        out += "</td></tr>\n";
    }
    out += "</tbody>\n";
}

void html_page_end(std::string& out, const opened_statement& what, const statement_totals& totals) {
    out += "<tbody>\n<tr class=\"totals\"><td></td><td>";
    append_amount(out, totals.lines, 0);
    out += totals.lines == 1 ? " line" : " lines";
    out.append("</td><td class=\"n\">").append(amount_of(what, totals.in)).append("</td><td class=\"n\">");
    out.append(amount_of(what, totals.out)).append("</td><td></td></tr>\n");
    const auto last_day = is_whole_days(what) ? what.to - days{1} : what.to;
    append_balance_row(out, "closing", "Closing balance", last_day, amount_of(what, what.of.closing.posted));
    out.append("</tbody>\n</table>\n<footer><p>Amounts in ").append(what.of.account.currency);
    out.append(". Times are UTC. Entries are numbered without gaps; this statement counts those after No.\u00a0");
    out.append(std::to_string(what.of.opening.seq))
        .append(" up to No.\u00a0")
        .append(std::to_string(what.of.closing.seq));
    out.append(".</p><p>Made on ").append(long_date(server::now())).append(".</p></footer>\n</body>\n</html>\n");
}

// What a Content-Security-Policy names the page's own style by (CSP 3, section 2.3.1).
std::string hash_source(std::string_view text) {
    const auto hash = server::sha256(text);
    std::string encoded(4 * ((hash.size() + 2) / 3) + 1, '\0');
    const auto length =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()), hash.data(), static_cast<int>(hash.size()));
    encoded.resize(static_cast<std::size_t>(length));
    return "'sha256-" + encoded + "'";
}

} // namespace

form html_page() {
    return {
        "text/html",
        "Content-Type: text/html; charset=utf-8\r\nReferrer-Policy: no-referrer\r\n"
        "Content-Security-Policy: default-src 'none'; style-src " +
            hash_source(files::statement_css) + "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n",
        {},
        html_page_begin,
        html_page_lines,
        html_page_end};
}

} // namespace bursar::handlers::statements
