// `bursar ledger import`, as an operator runs it: what it writes, what it refuses and tells, and how it goes on.
#include "tests/integration/handlers/desk.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

namespace bursar::tests::import_test {

namespace {

constexpr const char* chart = "code,name,type,currency,floor,ceiling,customer_external_reference\n"
                              "opening,Opening balances,equity,EUR,,,\n"
                              "bank,\"Bank, main\",asset,EUR,,,\n"
                              "wallet-1,Wallet of Ada,liability,EUR,0,,ada\n"
                              "wallet-2,Wallet of Bob,liability,EUR,0,5000,\n"
                              "usd,Dollars,asset,USD,,,\n";

constexpr const char* header = "reference,recorded_at,debit_account_code,credit_account_code,amount,description\n";

constexpr const char* past =
    "reference,recorded_at,effective_at,debit_account_code,credit_account_code,amount,description\n"
    "open-1,2020-01-01,,bank,opening,100000,Opening balance\n"
    "pay-in-1,2020-02-03T10:00:00+01:00,2020-01-31,bank,wallet-1,2500,\n"
    "move-1,2020-02-03T09:00:00Z,,wallet-1,wallet-2,700,\"For \"\"lunch\"\"\"\n"
    "move-2,2020-02-03T09:00:00Z,,wallet-1,wallet-2,300,\n";

struct outcome {
    int status;
    std::string text;
    bool says(const std::string& what) const { return text.find(what) != std::string::npos; }
};

// An organization with a customer "ada", and files of its own.
struct import_case {
    import_case() {
        auto& at = the_deployment();
        const auto [id, secret] = at.create_org("Import");
        org = id;
        key = secret;
        folder = std::filesystem::temp_directory_path() / ("bursar_import_" + org);
        std::filesystem::create_directory(folder);
        caller{key}.post("/api/v1/customers", R"({"name":"Ada","external_reference":"ada"})");
    }
    ~import_case() { std::filesystem::remove_all(folder); }

    std::string file(const std::string& name, const std::string& text) const {
        auto path = (folder / name).string();
        std::ofstream{path} << text;
        return path;
    }
    outcome import(std::vector<std::string> more) const {
        std::vector<std::string> arguments{"ledger", "import", "--org", org};
        arguments.insert(arguments.end(), more.begin(), more.end());
        process run{launch{BURSAR_BINARY, arguments, {{"DATABASE_URL", the_deployment().postgres().url()}}, {}}};
        const auto status = run.wait_exit();
        return {status.value_or(-1), run.log()};
    }
    outcome import_both(const std::string& accounts, const std::string& transfers) const {
        return import({"--accounts", file("accounts.csv", accounts), "--transfers", file("transfers.csv", transfers)});
    }
    // With org standing for the organization's id.
    std::string sql(std::string text) const {
        for (auto at = text.find("$org"); at != std::string::npos; at = text.find("$org"))
            text.replace(at, 4, "'" + org + "'");
        return the_deployment().postgres().query(text);
    }
    std::string balance(const std::string& code) const {
        return sql("select balance || ':' || seq from accounts where org_id = $org and code = '" + code + "'");
    }
    std::string counts() const {
        return sql(
            "select (select count(*) from transfers where org_id = $org) || ':' || (select count(*) from entries "
            "where org_id = $org) || ':' || (select count(*) from events where org_id = $org)");
    }

    std::string org;
    std::string key;
    std::filesystem::path folder;
};

} // namespace

BOOST_AUTO_TEST_SUITE(ledger_import)

BOOST_AUTO_TEST_CASE(accounts_and_history_become_rows) {
    const import_case at;
    const auto done = at.import_both(chart, past);
    BOOST_TEST(done.status == 0, done.text);
    BOOST_TEST(done.says("accounts.csv: 5 accounts made"));
    BOOST_TEST(done.says("transfers.csv: 4 transfers, 100%"));
    BOOST_TEST(at.balance("bank") == "102500:2");
    BOOST_TEST(at.balance("opening") == "-100000:1");
    BOOST_TEST(at.balance("wallet-1") == "-1500:3");
    BOOST_TEST(at.balance("wallet-2") == "-1000:2");
    BOOST_TEST(at.counts() == "4:8:4");
    BOOST_TEST(
        at.sql("select name || '/' || (customer_id is not null) || '/' || floor from accounts where org_id = "
               "$org and code = 'wallet-1'") == "Wallet of Ada/true/0");
    BOOST_TEST(
        at.sql("select string_agg(external_reference, ',' order by id) from transfers where org_id = $org") ==
        "open-1,pay-in-1,move-1,move-2");
    BOOST_TEST(
        at.sql("select description || ' at ' || to_char(effective_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') "
               "from transfers where org_id = $org and external_reference = 'move-1'") ==
        "For \"lunch\" at 2020-02-03 09:00:00.000000");
    // Rows of one time are recorded a microsecond apart; what they say of the business stays.
    BOOST_TEST(
        at.sql("select string_agg(to_char(recorded_at at time zone 'UTC', 'HH24:MI:SS.US') || ' ' || "
               "to_char(effective_at at time zone 'UTC', 'DD HH24:MI'), ',' order by id) from transfers where org_id = "
               "$org and external_reference <> 'open-1'") ==
        "09:00:00.000000 31 00:00,09:00:00.000001 03 09:00,09:00:00.000002 03 09:00");
    BOOST_TEST(
        at.sql("select string_agg(to_char(month, 'YYYY-MM'), ',' order by month) from ledger_periods where "
               "org_id = $org") == "2020-01,2020-02");
}

BOOST_AUTO_TEST_CASE(the_same_files_twice_do_nothing) {
    const import_case at;
    BOOST_TEST(at.import_both(chart, past).status == 0);
    const auto again = at.import_both(chart, past);
    BOOST_TEST(again.status == 0, again.text);
    BOOST_TEST(again.says("transfers.csv: was imported before"));
    BOOST_TEST(at.counts() == "4:8:4");
}

BOOST_AUTO_TEST_CASE(rows_of_another_file_are_known_by_their_reference) {
    const import_case at;
    BOOST_TEST(at.import_both(chart, past).status == 0);
    const auto longer = at.import_both(chart, std::string{past} + "move-3,2020-03-01,,wallet-1,wallet-2,5,\n");
    BOOST_TEST(longer.status == 0, longer.text);
    BOOST_TEST(at.counts() == "5:10:5");
    BOOST_TEST(at.balance("wallet-1") == "-1495:4");
    auto altered = std::string{past};
    altered.replace(altered.find("2500"), 4, "2600");
    const auto refused = at.import_both(chart, altered);
    BOOST_TEST(refused.status == 65);
    BOOST_TEST(refused.says("transfers.csv:3: reference was imported before, for another transfer"));
    BOOST_TEST(at.counts() == "5:10:5");
}

// Instants and numbers are what they mean, a byte order mark is nothing, and codes are as they look.
BOOST_AUTO_TEST_CASE(the_same_row_in_another_spelling_is_the_same) {
    const import_case at;
    const std::string mark = "\xEF\xBB\xBF";
    BOOST_TEST(at.import_both(std::string{chart} + mark + "Zoe\u0308, Zo\u00eb ,liability,EUR,,,\n", past).status == 0);
    BOOST_TEST(at.sql("select name from accounts where org_id = $org and code = 'Zo\u00eb'") == "Zo\u00eb");
    const auto again = at.import(
        {"--transfers",
         at.file(
             "again.csv",
             mark + "reference,recorded_at,effective_at,debit_account_code,credit_account_code,amount,description\n" +
                 "open-1,2020-01-01T01:00:00.000+01:00,2020-01-01,bank,opening,100000,Opening balance\n" + mark +
                 "pay-in-1,2020-02-03T09:00:00Z,2020-01-31T00:00:00.0Z,bank, wallet-1 ,2500,\n" +
                 "move-1,2020-02-03T09:00:00.000000000Z,,wallet-1,wallet-2,700,\"For " + mark + "\"\"lunch\"\"\"\n" +
                 "move-2,2020-02-03T10:00:00+01:00,2020-02-03T09:00:00Z,wallet-1,wallet-2,300,\n" + mark +
                 "new-1,2020-02-04,,Zo\u00eb,wallet-2,1,\n")});
    BOOST_TEST(again.status == 0, again.text);
    BOOST_TEST(at.counts() == "5:10:5");
    const auto other = at.import(
        {"--transfers",
         at.file("other.csv", std::string{header} + "move-2,2020-02-03T09:00:01Z,wallet-1,wallet-2,300,\n")});
    BOOST_TEST(other.says("reference was imported before, for another transfer"), other.text);
}

// As the API reads them: by what they are worth.
BOOST_AUTO_TEST_CASE(numbers_are_whole_in_any_spelling) {
    const import_case at;
    BOOST_TEST(at.import_both(chart, past).status == 0);
    const auto again = at.import_both(
        "code,name,type,currency,floor,ceiling,customer_external_reference\n"
        "wallet-1,Wallet of Ada,liability,EUR,0.0,,ada\n"
        "wallet-2,Wallet of Bob,liability,EUR,-0,5.0e3,\n"
        "wallet-3,Wallet of Cy,liability,EUR,-1e2,0100,\n",
        "reference,recorded_at,effective_at,debit_account_code,credit_account_code,amount,description\n"
        "open-1,2020-01-01,,bank,opening,1e5,Opening balance\n"
        "pay-in-1,2020-02-03T10:00:00+01:00,2020-01-31,bank,wallet-1,2500.00,\n"
        "move-1,2020-02-03T09:00:00Z,,wallet-1,wallet-2,7000E-1,\"For \"\"lunch\"\"\"\n"
        "move-2,2020-02-03T09:00:00Z,,wallet-1,wallet-2,+300,\n"
        "move-3,2020-02-03T09:00:00Z,,wallet-1,wallet-2,7.5,\n"
        "move-4,2020-02-03T09:00:00Z,,wallet-1,wallet-2,7.,\n"
        "move-5,2020-02-03T09:00:00Z,,wallet-1,wallet-2,1e400,\n");
    BOOST_TEST(again.says("accounts.csv: no bad rows"), again.text);
    BOOST_TEST(again.says("transfers.csv: 4 bad rows"), again.text);
    for (const auto* told : {":5: amount must be", ":6: amount must be", ":7: amount must be", ":8: amount must be"})
        BOOST_TEST(again.says(told), told << " is not in " << again.text);
    const auto known = at.import(
        {"--transfers",
         at.file("k.csv", std::string{header} + "move-2,2020-02-03T09:00:00Z,wallet-1,wallet-2,300.0,\n")});
    BOOST_TEST(known.status == 0, known.text);
    BOOST_TEST(at.counts() == "4:8:4");
}

BOOST_AUTO_TEST_CASE(every_bad_row_is_told_before_anything_is_written) {
    const import_case at;
    const auto refused = at.import_both(
        chart, std::string{header} + "a,2020-01-01,bank,wallet-1,0,\n"                 // 2
                                     "b,2020-01-01,bank,nowhere,10,\n"                 // 3
                                     "c,yesterday,bank,wallet-1,10,\n"                 // 4
                                     ",2020-01-01,bank,wallet-1,10,\n"                 // 5
                                     "d,2020-01-01,bank,wallet-1,10\n"                 // 6
                                     "e,2020-01-01,bank,\"wallet-1,10,\n"              // 7
                                     "f,2020-01-01,bank,bank,10,\n"                    // 8
                                     "g,2020-01-01,wallet-1,bank,10,\n"                // 9
                                     "h,2020-01-01,bank,wallet-2,5001,\n"              // 10
                                     "i,2020-01-01,bank,usd,10,\n"                     // 11
                                     "j,2019-12-31,bank,wallet-1,10,\n"                // 12
                                     "k,2020-01-02,bank,wallet-1,10,\n"                // 13
                                     "k,2020-01-02,bank,wallet-1,10,\n"                // 14
                                     "l,2999-01-02,bank,wallet-1,10,\n"                // 15
                                     "m,2999-01-02,bank,wallet-1,99999999999999999,\n" // 16
                                     "n n,2999-01-02,bank,wallet-1,1,\n"               // 17
                                     "o,0001-01-01,bank,wallet-1,1,\n");               // 18
    BOOST_TEST(refused.status == 65, refused.text);
    for (const auto* told :
         {":2: amount must be a whole number from 1 to 9007199254740991",
          ":3: credit_account_code is no account's code", ":4: recorded_at must be a time", ":5: reference is empty",
          ":6: has 5 fields in place of 6", ":7: a quote is not closed",
          ":8: credit_account_code must be another account",
          ":9: INSUFFICIENT_FUNDS: The account would fall below its floor.", ":10: LIMIT_EXCEEDED",
          ":11: CURRENCY_MISMATCH", ":12: recorded_at is before that of the row above",
          ":14: reference stands in line 13 already", ":15: is of the future", ":16: amount must be",
          ":17: reference must be 1 to 200 visible ASCII", ":18: recorded_at must be of the years 1900 to 9999"})
        BOOST_TEST(refused.says(told), told << " is not in " << refused.text);
    BOOST_TEST(!refused.says(":13:"));
    BOOST_TEST(refused.says("16 bad rows; nothing was written"));
    const auto to_come = at.import_both(chart, std::string{past} + "p,2020-03-01,2999-01-01,wallet-1,wallet-2,5,\n");
    BOOST_TEST(to_come.says("transfers.csv:6: is of the future"), to_come.text);
    BOOST_TEST(at.counts() == "0:0:0");
    BOOST_TEST(at.sql("select count(*) from accounts where org_id = $org") == "0");
}

BOOST_AUTO_TEST_CASE(every_bad_account_is_told) {
    const import_case at;
    const auto refused = at.import(
        {"--accounts", at.file(
                           "a.csv", "currency,type,name,code,floor,customer_external_reference\n"
                                    "EUR,thing,A,a,,\n"
                                    "ABC,asset,A,b,,\n"
                                    "EUR,asset,A,c,1,\n"
                                    "EUR,asset,,d,,\n"
                                    "EUR,asset,A,e,,nobody\n"
                                    "EUR,asset,A,f,,\n"
                                    "EUR,asset,A,f,,\n"
                                    "EUR,asset,A\u200BB,g,,\n"
                                    "EUR,asset,A,h\u202E,,\n")});
    BOOST_TEST(refused.status == 65);
    for (const auto* told :
         {":2: type must be asset", ":3: currency is neither in ISO 4217 nor an asset",
          ":4: floor must be a whole number", ":5: name is empty",
          ":6: customer_external_reference is that of no customer", ":8: code stands in line 7",
          ":9: name holds characters that show nothing", ":10: code holds characters that show nothing"})
        BOOST_TEST(refused.says(told), told << " is not in " << refused.text);
    const auto header_wrong = at.import({"--accounts", at.file("h.csv", "code,name,kind,code\n")});
    for (const auto* told :
         {":1: there is no column \"kind\"", ":1: column code stands twice", ":1: column type is missing"})
        BOOST_TEST(header_wrong.says(told), told << " is not in " << header_wrong.text);
    BOOST_TEST(at.import({"--accounts", at.file("e.csv", "")}).says(":1: there is no header"));
}

BOOST_AUTO_TEST_CASE(an_account_that_is_there_must_be_the_same) {
    const import_case at;
    BOOST_TEST(at.import({"--accounts", at.file("a.csv", chart)}).status == 0);
    const auto more = at.import({"--accounts", at.file("b.csv", std::string{chart} + "fees,Fees,income,EUR,,,\n")});
    BOOST_TEST(more.status == 0, more.text);
    BOOST_TEST(more.says("1 accounts made"));
    BOOST_TEST(more.says("b.csv: 1 accounts made, 5 there already"), more.text);
    BOOST_TEST(!more.says("keeps that name"));
    const auto renamed = at.import(
        {"--accounts", at.file("n.csv", "code,name,type,currency\nfees,Fees,income,EUR\nbank,Till,asset,EUR\n")});
    BOOST_TEST(renamed.status == 0, renamed.text);
    BOOST_TEST(renamed.says("n.csv:3: bank is there already, as \"Bank, main\", and keeps that name"), renamed.text);
    BOOST_TEST(renamed.says("n.csv: 0 accounts made, 2 there already"), renamed.text);
    BOOST_TEST(at.sql("select name from accounts where org_id = $org and code = 'bank'") == "Bank, main");
    const auto other = at.import({"--accounts", at.file("c.csv", "code,name,type,currency\nbank,Bank,asset,USD\n")});
    BOOST_TEST(other.status == 65);
    BOOST_TEST(other.says("c.csv:2: code belongs to an account of another type, currency"));
}

BOOST_AUTO_TEST_CASE(a_dry_run_writes_nothing) {
    const import_case at;
    const auto told =
        at.import({"--dry-run", "--accounts", at.file("a.csv", chart), "--transfers", at.file("t.csv", past)});
    BOOST_TEST(told.status == 0, told.text);
    BOOST_TEST(told.says("t.csv: no bad rows"));
    BOOST_TEST(at.sql("select count(*) from accounts where org_id = $org") == "0");
    BOOST_TEST(at.sql("select count(*) from ledger_imports where org_id = $org") == "0");
}

BOOST_AUTO_TEST_CASE(history_ends_where_an_account_has_moved_since) {
    const import_case at;
    BOOST_TEST(at.import_both(chart, past).status == 0);
    const auto late =
        at.import({"--transfers", at.file("late.csv", std::string{header} + "x,2020-02-01,bank,wallet-1,5,\n")});
    BOOST_TEST(late.status == 65);
    BOOST_TEST(late.says("late.csv:2: account "), late.text);
    BOOST_TEST(late.says("has an entry recorded later, at 2020-02-03T09:00:00.000000Z"));
    BOOST_TEST(at.counts() == "4:8:4");
}

BOOST_AUTO_TEST_CASE(a_closed_month_takes_no_history) {
    const import_case at;
    BOOST_TEST(caller{at.key}.post("/api/v1/periods/2020-01/close").status == 200U);
    const auto refused = at.import_both(chart, past);
    BOOST_TEST(refused.status == 65);
    BOOST_TEST(refused.says("transfers.csv:2: PERIOD_CLOSED"));
    BOOST_TEST(refused.says("transfers.csv:3: PERIOD_CLOSED"));
    BOOST_TEST(!refused.says("transfers.csv:4: PERIOD_CLOSED"));
}

BOOST_AUTO_TEST_CASE(a_frozen_account_takes_no_history) {
    const import_case at;
    BOOST_TEST(at.import({"--accounts", at.file("a.csv", chart)}).status == 0);
    at.sql("update accounts set status = 'frozen' where org_id = $org and code = 'bank'");
    const auto refused = at.import({"--transfers", at.file("t.csv", past)});
    BOOST_TEST(refused.status == 65);
    BOOST_TEST(refused.says("t.csv:2: ACCOUNT_NOT_OPEN"));
}

// Several chunks, ended by kill -9 while they are written.
BOOST_AUTO_TEST_CASE(a_killed_import_goes_on) {
    const import_case at;
    constexpr int rows = 45'000;
    std::string text = header;
    for (int i = 0; i < rows; ++i)
        text += "r" + std::to_string(i) + ",2020-01-01,bank,opening,1,\n";
    BOOST_TEST(at.import({"--accounts", at.file("a.csv", chart)}).status == 0);
    const auto path = at.file("t.csv", text);
    const auto written = [&] { return std::stoi(at.sql("select count(*) from transfers where org_id = $org")); };
    {
        process run{launch{
            BURSAR_BINARY,
            {"ledger", "import", "--org", at.org, "--transfers", path},
            {{"DATABASE_URL", the_deployment().postgres().url()}},
            {}}};
        while (written() == 0 && run.running()) {
        }
        run.signal(9);
        run.wait_exit();
    }
    // What it had sent is done or gone: until then the next one finds accounts that move.
    the_deployment().postgres().wait_until(
        "select count(*) from pg_stat_activity where usename = 'bursar' and application_name = 'bursar'", "0");
    const auto before = written();
    BOOST_TEST(before > 0);
    BOOST_TEST(before < rows);
    BOOST_TEST(before % 10'000 == 0);
    const auto rest = at.import({"--transfers", path});
    BOOST_TEST(rest.status == 0, rest.text);
    BOOST_TEST(rest.says("goes on at line"));
    BOOST_TEST(written() == rows);
    BOOST_TEST(at.balance("bank") == std::to_string(rows) + ":" + std::to_string(rows));
    BOOST_TEST(at.counts() == std::to_string(rows) + ":" + std::to_string(2 * rows) + ":" + std::to_string(rows));
}

// However often times are declared final meanwhile: what is imported was recorded long before.
BOOST_AUTO_TEST_CASE(history_is_written_into_time_that_is_final) {
    const import_case at;
    BOOST_TEST(at.import({"--accounts", at.file("a.csv", chart)}).status == 0);
    std::atomic<bool> done = false;
    std::thread declaring{[&] {
        while (!done)
            at.sql("select setval('entries_floor', (extract(epoch from clock_timestamp() + interval '0.9 s') * "
                   "1000000)::bigint)");
    }};
    const auto written = at.import({"--transfers", at.file("t.csv", past)});
    done = true;
    declaring.join();
    BOOST_TEST(written.status == 0, written.text);
}

BOOST_AUTO_TEST_CASE(wrong_usage_is_told) {
    const import_case at;
    BOOST_TEST(at.import({}).status == 64);
    for (const auto& [file, why] : std::vector<std::pair<std::string, std::string>>{
             {"/nowhere.csv", "No such file or directory"},
             {"/tmp", "Is a directory"},
             {"/dev/null", "not a regular file"}}) {
        const auto refused = at.import({"--transfers", file});
        BOOST_TEST(refused.status == 65);
        BOOST_TEST(refused.text == "bursar: " + file + ": " + why + "\n");
    }
    const import_case other;
    const auto nobody = process{
        launch{
            BURSAR_BINARY,
            {"ledger", "import", "--org", fresh_key(), "--accounts", other.file("a.csv", chart)},
            {{"DATABASE_URL", the_deployment().postgres().url()}},
            {}}}.wait_exit();
    BOOST_TEST((nobody == 65));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::import_test
