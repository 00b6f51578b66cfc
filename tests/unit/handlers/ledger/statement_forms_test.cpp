// A statement as CSV, NDJSON and a page to print, and amounts as people read them.
#include "handlers/ledger/statements/amounts.hpp"
#include "handlers/ledger/statements/forms.hpp"
#include "server/secret.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value_to.hpp>
#include <boost/test/unit_test.hpp>

#include <openssl/evp.h>

#include <limits>

namespace bursar::tests::statement_forms_test {

using namespace bursar::handlers::statements;
using bursar::server::parse_rfc3339;

namespace {

std::string shown(std::int64_t amount, int places) {
    std::string out;
    append_amount(out, amount, places);
    return out;
}

opened_statement october() {
    opened_statement out{};
    out.of.account.id = *uuid::parse("0193a1c4-5e6f-7a8b-9c0d-1e2f3a4b5c6d");
    out.of.account.name = "Wallet of <Ada> & \"Co\"";
    out.of.account.type = bursar::db::repositories::account_type::liability;
    out.of.account.currency = "EUR";
    out.of.organization = "O'Neill & Sons";
    out.of.opening = {-12345, 7};
    out.of.closing = {87655, 8};
    out.from = *parse_rfc3339("2026-10-01T00:00:00Z");
    out.to = *parse_rfc3339("2026-11-01T00:00:00Z");
    return out;
}

statement_line one_line() {
    statement_line out;
    out.seq = 8;
    out.transfer_id = *uuid::parse("0199a8d1-3b58-7e2a-9c41-6a1f0d2b7c35");
    out.recorded_at = *parse_rfc3339("2026-10-03T09:12:44.5Z");
    out.effective_at = out.recorded_at;
    out.amount = 100000;
    out.balance = 87655;
    return out;
}

std::string whole(const form& how, const opened_statement& what, const std::vector<statement_line>& some) {
    std::string out;
    statement_totals totals;
    for (const auto& line : some) {
        (line.amount > 0 ? totals.in : totals.out) += std::abs(line.amount);
        ++totals.lines;
    }
    how.begin(out, what);
    how.lines(out, what, some);
    how.end(out, what, totals);
    return out;
}

// The row of a line whose description is that.
std::string described(std::string description) {
    auto line = one_line();
    line.description = std::move(description);
    std::string out;
    csv().lines(out, october(), {line});
    const std::string before = "2026-10-03T09:12:44.500000Z,0199a8d1-3b58-7e2a-9c41-6a1f0d2b7c35,";
    const auto start = out.find(before) + before.size();
    return out.substr(start, out.rfind(",,,,,100000,87655,EUR\r\n") - start);
}

std::size_t count(std::string_view text, std::string_view what) {
    std::size_t out = 0;
    for (auto at = text.find(what); at != std::string_view::npos; at = text.find(what, at + what.size()))
        ++out;
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(statement_forms)

BOOST_AUTO_TEST_CASE(amounts_are_decimal) {
    BOOST_TEST(shown(0, 2) == "0.00");
    BOOST_TEST(shown(5, 2) == "0.05");
    BOOST_TEST(shown(-5, 2) == "\u22120.05");
    BOOST_TEST(shown(99999, 2) == "999.99");
    BOOST_TEST(shown(100000, 2) == "1,000.00");
    BOOST_TEST(shown(-123456789, 2) == "\u22121,234,567.89");
    BOOST_TEST(shown(1234, 0) == "1,234");
    BOOST_TEST(shown(1234567, 3) == "1,234.567");
    BOOST_TEST(shown(1, 18) == "0.000000000000000001");
    BOOST_TEST(shown(9007199254740991, 2) == "90,071,992,547,409.91");
    BOOST_TEST(shown(std::numeric_limits<std::int64_t>::min(), 0) == "\u22129,223,372,036,854,775,808");
}

BOOST_AUTO_TEST_CASE(places_are_those_of_the_currency_or_the_asset) {
    BOOST_TEST(decimal_places("EUR", std::nullopt) == 2);
    BOOST_TEST(decimal_places("JPY", std::nullopt) == 0);
    BOOST_TEST(decimal_places("KWD", std::nullopt) == 3);
    BOOST_TEST(decimal_places("POINTS", std::int16_t{8}) == 8);
    BOOST_TEST(decimal_places("XAU", std::nullopt) == 0);
}

BOOST_AUTO_TEST_CASE(csv_has_a_row_for_each_end_and_each_line) {
    auto line = one_line();
    line.description = "Card payment";
    line.external_reference = "order-7";
    line.counterparty = {*uuid::parse("0199a8c0-11aa-7b3c-8d4e-5f60718293a4"), "Settlement", "card"};
    BOOST_TEST(
        whole(csv(), october(), {line}) ==
        "type,seq,recorded_at,effective_at,transfer_id,description,external_reference,counterparty_id,"
        "counterparty_code,counterparty_name,amount,balance,currency\r\n"
        "opening,7,2026-10-01T00:00:00.000000Z,,,,,,,,,-12345,EUR\r\n"
        "line,8,2026-10-03T09:12:44.500000Z,2026-10-03T09:12:44.500000Z,0199a8d1-3b58-7e2a-9c41-6a1f0d2b7c35,"
        "Card payment,order-7,0199a8c0-11aa-7b3c-8d4e-5f60718293a4,card,Settlement,100000,87655,EUR\r\n"
        "closing,8,2026-11-01T00:00:00.000000Z,,,,,,,,,87655,EUR\r\n");
}

BOOST_AUTO_TEST_CASE(csv_quotes_what_would_end_a_cell) {
    BOOST_TEST(described("plain") == "plain");
    BOOST_TEST(described("one, two") == "\"one, two\"");
    BOOST_TEST(described("5\" nails") == "\"5\"\" nails\"");
    BOOST_TEST(described("two\r\nlines") == "\"two\r\nlines\"");
}

BOOST_AUTO_TEST_CASE(csv_holds_no_formula) {
    BOOST_TEST(described("=1+1") == "'=1+1");
    BOOST_TEST(described("+1") == "'+1");
    BOOST_TEST(described("-1") == "'-1");
    BOOST_TEST(described("@SUM(A1)") == "'@SUM(A1)");
    BOOST_TEST(described("\t=1") == "\"'\t'=1\"");
    BOOST_TEST(described("\r") == "\"'\r\"");
    for (const std::string sign : {"=", "+", "-", "@", "\uFF1D", "\uFF0B", "\uFF0D", "\uFF20"}) {
        BOOST_TEST(described(sign + "1") == "'" + sign + "1");
        BOOST_TEST(described(" \u00A0\u200B" + sign + "1") == " \u00A0\u200B'" + sign + "1");
        BOOST_TEST(described("a" + sign + "1") == "a" + sign + "1");
        for (const std::string separator : {",", ";", "|", "\t", "\n", "\r\n"})
            BOOST_TEST(
                described("a" + separator + " " + sign + "1") == "\"a" + separator + " '" + sign + "1\"", separator);
        BOOST_TEST(described("a\"" + sign + "1") == "\"a\"\"'" + sign + "1\"");
    }
    BOOST_TEST(described("=HYPERLINK(\"http://x\",\"y\")") == "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"");
    BOOST_TEST(described("1 = 1") == "1 = 1");
}

BOOST_AUTO_TEST_CASE(csv_holds_no_formula_behind_what_is_not_seen) {
    for (const std::string unseen :
         {"\u00ad", "\u034f", "\u061c", "\u115f", "\u180e", "\u2003", "\u202e", "\u2060", "\u2800", "\u3164", "\ufe0f",
          "\ufdd0", "\U0001D159", "\U000E0020"}) {
        BOOST_TEST(described(unseen + "=1") == unseen + "'=1");
        BOOST_TEST(described(" " + unseen + unseen + "@1") == " " + unseen + unseen + "'@1");
        BOOST_TEST(described("a;" + unseen + "=1") == "\"a;" + unseen + "'=1\"");
        BOOST_TEST(described("a" + unseen + "=1") == "a" + unseen + "=1");
    }
    for (const std::string separator :
         {"\u0085", "\u2028", "\u2029", "\v", "\f", "\x1C", "\uff1b", "\uff0c", "\uff5c", "\ufe50", "\u3001", "\u060c"})
        BOOST_TEST(described("a" + separator + "=1") == "\"a" + separator + "'=1\"");
    BOOST_TEST(described("\u2028=1") == "\"'\u2028'=1\"");
    BOOST_TEST(described("\u2028") == "\"'\u2028\"");
    for (const std::string sign : {"\u2212", "\u207b", "\u207c", "\ufe63", "\ufe6b"})
        BOOST_TEST(described(sign + "1") == "'" + sign + "1");
}

BOOST_AUTO_TEST_CASE(ndjson_is_an_object_a_line) {
    auto line = one_line();
    line.description = "two\nlines";
    const auto text = whole(ndjson(), october(), {line});
    std::vector<boost::json::value> all;
    for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1)
        all.push_back(boost::json::parse(text.substr(at, text.find('\n', at) - at)));
    BOOST_REQUIRE(all.size() == 3U);
    BOOST_TEST(boost::json::value_to<std::string>(all[0].at_pointer("/account/name")) == "Wallet of <Ada> & \"Co\"");
    BOOST_TEST(all[0].at("type") == "opening");
    BOOST_TEST(all[0].at("posted") == -12345);
    BOOST_TEST(all[1].at("type") == "line");
    BOOST_TEST(all[1].at("description") == "two\nlines");
    BOOST_TEST(all[1].at("amount") == 100000);
    BOOST_TEST(
        (all[2] == boost::json::value{
                       {"type", "closing"}, {"posted", 87655}, {"seq", 8}, {"in", 100000}, {"out", 0}, {"lines", 1}}));
}

BOOST_AUTO_TEST_CASE(the_page_shows_what_others_wrote_as_text) {
    auto line = one_line();
    line.description = "<script>alert(1)</script>";
    line.external_reference = "\"><img src=x onerror='x'>";
    line.counterparty = {uuid{}, "<b>bold</b>", {}};
    const auto page = whole(html_page(), october(), {line});
    for (const auto* markup : {"<script", "<img", "<b>", "<Ada>", "onerror='"})
        BOOST_TEST(page.find(markup) == std::string::npos, markup);
    BOOST_TEST(page.find("&lt;script&gt;alert(1)&lt;/script&gt;") != std::string::npos);
    BOOST_TEST(page.find("Wallet of &lt;Ada&gt; &amp; &quot;Co&quot;") != std::string::npos);
    BOOST_TEST(page.find("O&#39;Neill &amp; Sons") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_page_is_for_people) {
    auto out = one_line();
    out.effective_at = *parse_rfc3339("2026-09-30T00:00:00Z");
    auto what = october();
    const auto page = whole(html_page(), what, {out});
    for (const auto* text :
         {"\u2212123.45", "876.55", "1,000.00", "1 October 2026 \u2013 31 October 2026", "2026-10-03<small>09:12:44",
          "effective <span class=\"fixed\">2026-09-30", "Liability"})
        BOOST_TEST(page.find(text) != std::string::npos, text);
    BOOST_TEST(count(page, "<tr") == 5U); // head, opening, line, totals, closing
    BOOST_TEST(count(page, "<table>") == 1U);
    BOOST_TEST(page.ends_with("</html>\n"));
    what.to = *parse_rfc3339("2026-10-31T12:00:00Z");
    BOOST_TEST(
        whole(html_page(), what, {}).find("1 October 2026, 00:00:00 \u2013 31 October 2026, 12:00:00 UTC") !=
        std::string::npos);
    what.of.closing.posted = 1'000'000'000'000;
    BOOST_TEST(count(whole(html_page(), what, {}), "<table class=\"wide\">") == 1U);
}

BOOST_AUTO_TEST_CASE(a_text_turns_nothing_but_itself) {
    auto what = october();
    what.of.organization = "Books \u202Eskoob";
    what.of.account.name = "Wallet\u2069\u202E";
    what.of.account.code = "w\u200F-1";
    auto line = one_line();
    line.description = "\u2067\u05D0 12";
    line.external_reference = "o\u061C";
    line.counterparty = {*uuid::parse("0199a8c0-11aa-7b3c-8d4e-5f60718293a4"), "\u202DBank", "b"};
    const auto page = whole(html_page(), what, {line});
    for (const auto* mark : {"\u061C", "\u200E", "\u200F", "\u202A", "\u202D", "\u202E", "\u2066", "\u2067", "\u2069"})
        BOOST_TEST(page.find(mark) == std::string::npos);
    for (const auto* text : {"Books skoob", "Wallet", "w-1", "\u05D0 12", "o", "Bank"})
        BOOST_TEST(page.find("<bdi>" + std::string{text} + "</bdi>") != std::string::npos, text);
}

BOOST_AUTO_TEST_CASE(the_page_may_apply_its_own_style_and_nothing_else) {
    const auto how = html_page();
    const auto page = whole(how, october(), {one_line()});
    const auto start = page.find("<style>") + 7;
    const auto hash = bursar::server::sha256(page.substr(start, page.find("</style>") - start));
    std::string encoded(45, '\0');
    EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()), hash.data(), static_cast<int>(hash.size()));
    encoded.resize(44);
    BOOST_TEST(
        how.headers.find(
            "Content-Security-Policy: default-src 'none'; style-src 'sha256-" + encoded + "'; base-uri 'none'") !=
        std::string::npos);
    for (const auto* outside : {"<script", " style=", "src=", "href=", "url("})
        BOOST_TEST(page.find(outside) == std::string::npos, outside);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::statement_forms_test
