#include "server/json_string.hpp"
#include "tests/unit/server/desk_types.hpp"
#include "tests/unit/server/faults_of.hpp"

#include <boost/test/unit_test.hpp>

namespace bursar::tests::schema_parse_test {

using namespace bursar::server;

namespace {

// The faults of a create_ticket whose other fields are right; empty when it parses.
std::string faults_with(std::string_view members) {
    const auto read = schema::parse<desk::create_ticket>(
        R"({"subject":"s","description":"d","customer_id":"0190fd3a-1c2b-7d4e-8f90-123456789abc",)" +
        std::string{members} + "}");
    return read ? "" : faults_of(read.error());
}

std::string faults_of_subject(std::string_view json_string) {
    const auto read = schema::parse<desk::create_ticket>(
        R"({"description":"d","customer_id":"0190fd3a-1c2b-7d4e-8f90-123456789abc","subject":)" +
        std::string{json_string} + "}");
    return read ? "" : faults_of(read.error());
}

std::string repeated(std::string_view piece, std::size_t times) {
    std::string out = "\"";
    for (std::size_t i = 0; i < times; ++i)
        out += piece;
    return out + '"';
}

struct named {
    std::string name;
};
constexpr auto describe_schema(const named*) {
    using namespace schema;
    return object("Named", "Something with a name.", field("name", &named::name, length{1, 10}, label{}));
}

// The name as it is taken, or what is wrong with it.
std::string taken(const std::string& name) {
    std::string body = R"({"name":)";
    append_json_string(body, name);
    const auto read = schema::parse<named>(body + "}");
    return read ? read->name : faults_of(read.error());
}

} // namespace

BOOST_AUTO_TEST_SUITE(schema_parse)

BOOST_AUTO_TEST_CASE(takes_a_name_without_what_is_not_seen) {
    BOOST_TEST(taken("Ada") == "Ada");
    BOOST_TEST(taken(" \u3000Ada King\u00a0\u2003 ") == "Ada King");
    // As two code points and as one.
    BOOST_TEST(taken("Zoe\u0308") == "Zo\u00eb");
    BOOST_TEST(taken("Zo\u00eb") == "Zo\u00eb");
    BOOST_TEST(taken("\u1112\u1161\u11ab") == "\ud55c");
    BOOST_TEST(taken("\u212B") == "\u00c5");
    BOOST_TEST(taken("\u00bd \u2460") == "\u00bd \u2460"); // compatibility is another matter
    BOOST_TEST(taken("\u0645\u0631\u06cc\u0645") == "\u0645\u0631\u06cc\u0645");
    BOOST_TEST(taken("\U0001F600") == "\U0001F600");
    std::string decomposed;
    for (int i = 0; i < 10; ++i)
        decomposed += "e\u0301";
    BOOST_TEST(taken(decomposed).size() == 20U);
    BOOST_TEST(taken(decomposed + "x") == "/name must be 1 to 10 characters long\n");
    std::string marks = "e";
    for (int i = 0; i < 100'000; ++i)
        marks += i % 2 == 0 ? "\u0301" : "\u0323";
    BOOST_TEST(taken(marks) == "/name must be 1 to 10 characters long\n");
    for (const std::string blank : {"", "   ", "\u3000\u00a0"})
        BOOST_TEST(taken(blank) == "/name must be 1 to 10 characters long\n");
    BOOST_TEST(taken("a\tb") == "/name must be a single line without control characters\n");
    for (const std::string hidden :
         {"\u0085", "\u00ad", "\u034f", "\u061c", "\u115f", "\u180e", "\u200b",     "\u200d",
          "\u200e", "\u200f", "\u2028", "\u2029", "\u202a", "\u202e", "\u2060",     "\u2066",
          "\u2069", "\u3164", "\ufe0f", "\ufeff", "\uffa0", "\ufffb", "\U000E0041", "\U0001D173"})
        for (const auto& name : {"A" + hidden + "da", hidden + "Ada", "Ada" + hidden})
            BOOST_TEST(
                taken(name) == "/name must not contain characters that show nothing or change the direction of text\n",
                name);
}

BOOST_AUTO_TEST_CASE(takes_names_that_look_the_same_as_the_same) {
    for (const std::string space :
         {" ", "  ", "\u00a0", "\u1680", "\u2000", "\u2007", "\u200a", "\u202f", "\u205f", "\u2800", "\u3000",
          " \u00a0\u2003 "})
        BOOST_TEST(taken("dup" + space + "1") == "dup 1");
    BOOST_TEST(taken("\u2800\u280b\u2800") == "\u280b");
    for (const std::string blank : {"\u2800", " \u2800\u00a0\u2800"})
        BOOST_TEST(taken(blank) == "/name must be 1 to 10 characters long\n");
    for (const std::string none :
         {"\ufdd0", "\ufdef", "\ufffe", "\uffff", "\U0001FFFE", "\U000AFFFF", "\U0010FFFF", "\U0001D159"})
        BOOST_TEST(
            taken("A" + none) ==
            "/name must not contain characters that show nothing or change the direction of text\n");
    // White space of ASCII is taken off, and hides nothing.
    BOOST_TEST(taken("\n Ada\t") == "Ada");
    BOOST_TEST(
        taken("\tA\u200Bda") ==
        "/name must not contain characters that show nothing or change the direction of text\n");
}

BOOST_AUTO_TEST_CASE(reads_a_whole_body) {
    const auto read = schema::parse<desk::create_ticket>(
        R"({"subject":"Card declined","description":"Twice\nsince noon","priority":"high",)"
        R"("customer_id":"0190fd3a-1c2b-7d4e-8f90-123456789abc","labels":["a","b"],"metadata":{ "k" : [1] },)"
        R"("subject_resource":{"type":"transfer","id":"0190fd3a-1c2b-7d4e-8f90-123456789abd"}})");
    BOOST_REQUIRE(read.has_value());
    BOOST_TEST(read->subject == "Card declined");
    BOOST_TEST(read->description == "Twice\nsince noon");
    BOOST_TEST((read->priority == desk::ticket_priority::high));
    BOOST_TEST((read->customer_id == uuid::parse(desk::customer)));
    BOOST_REQUIRE(read->subject_resource.has_value());
    BOOST_TEST(read->subject_resource->type == "transfer");
    BOOST_TEST(read->labels == (std::vector<std::string>{"a", "b"}));
    BOOST_TEST(read->metadata.text == R"({"k":[1]})");
}

BOOST_AUTO_TEST_CASE(leaves_defaults_where_nothing_is_said) {
    const auto read = schema::parse<desk::create_ticket>(
        R"({"subject":"s","description":"d","customer_id":"0190fd3a-1c2b-7d4e-8f90-123456789abc",)"
        R"("subject_resource":null})");
    BOOST_REQUIRE(read.has_value());
    BOOST_TEST((read->priority == desk::ticket_priority::medium));
    BOOST_TEST(!read->subject_resource.has_value());
    BOOST_TEST(read->metadata.text == "{}");
}

BOOST_AUTO_TEST_CASE(names_every_fault_of_a_body_at_once) {
    const auto read = schema::parse<desk::create_ticket>(
        R"({"subject":"","priority":"urgent","customer_id":"7","colour":1,"a/b~":2,"subject_resource":{"type":"7"}})");
    BOOST_REQUIRE(read.has_error());
    BOOST_TEST((read.error().code == errc::validation_failed));
    BOOST_TEST(
        faults_of(read.error()) ==
        "/description is required\n"
        "/subject must be 1 to 200 characters long\n"
        "/priority must be one of low, medium, high, critical\n"
        "/customer_id must be a UUID\n"
        "/colour is not a known field\n"
        "/a~1b~0 is not a known field\n"
        "/subject_resource/id is required\n"
        "/subject_resource/type must be a letter followed by letters, digits, '.', '_' or '-'\n");
}

struct payment {
    std::optional<std::int64_t> amount;
    std::optional<std::vector<std::int64_t>> amounts;
    std::string currency;
    std::string account_id;
    std::int64_t places = 0;
    schema::raw_json metadata;
};
constexpr auto describe_schema(const payment*) {
    using namespace schema;
    return object(
        "Payment", "Money.",
        field("amount", &payment::amount, range{1, 9999}, minor_units{}, wanted_without{"amounts"}),
        field("amounts", &payment::amounts, range{1, 9999}, minor_units{}, items{1, 3}),
        field("currency", &payment::currency), field("account_id", &payment::account_id),
        field("places", &payment::places, optional_with_default{}),
        field("metadata", &payment::metadata, free_form{}, optional_with_default{}));
}

std::string faults_of_payment(std::string_view members) {
    const auto read = schema::parse<payment>(R"({"currency":"EUR","account_id":"a",)" + std::string{members} + "}");
    return read ? "" : faults_of(read.error());
}

BOOST_AUTO_TEST_CASE(suggests_the_field_that_was_meant) {
    const auto told = [](const std::string& name) { return faults_of_payment(R"("amount":1,")" + name + R"(":1)"); };
    const auto meant = [](const std::string& name, const std::string& field) {
        return "/" + name + " is not a known field: did you mean `" + field + "`?\n";
    };
    for (const auto* name : {"curency", "Currency", "currnecy", "CURRENCY"})
        BOOST_TEST(told(name) == meant(name, "currency"), name);
    for (const auto* name : {"accountId", "account-id", "acount_id"})
        BOOST_TEST(told(name) == meant(name, "account_id"), name);
    for (const auto* name : {"x", "colour", "amo", "id"})
        BOOST_TEST(told(name) == "/" + std::string{name} + " is not a known field\n", name);
    BOOST_TEST(
        faults_of(schema::parse_query<desk::ticket_filter>("limits=1").error()) ==
        "limits is not a known parameter: did you mean `limit`?\n");
}

// Neither a field that is known no more, nor a hundred of them, hides what is missing.
BOOST_AUTO_TEST_CASE(names_what_is_missing_beside_what_is_unknown) {
    BOOST_TEST(
        faults_of(schema::parse<payment>(R"({"curency":"EUR","amuont":1})").error()) ==
        "/amount is required, or amounts\n/currency is required\n/account_id is required\n"
        "/curency is not a known field: did you mean `currency`?\n"
        "/amuont is not a known field: did you mean `amount`?\n");
    BOOST_TEST(
        faults_of(schema::parse<payment>(R"({"curency":"EUR","amounts":[1],"account_id":"a"})").error()) ==
        "/currency is required\n/curency is not a known field: did you mean `currency`?\n");
    // By itself it is for the rules.
    BOOST_TEST(schema::parse<payment>(R"({"currency":"EUR","account_id":"a"})").has_value());
    std::string many;
    for (int i = 0; i < 200; ++i)
        many += "\"x" + std::to_string(i) + "\":1,";
    const auto read = schema::parse<payment>("{" + many + R"("amount":1})");
    BOOST_REQUIRE(read.has_error());
    BOOST_TEST(faults_of(read.error()).starts_with("/currency is required\n/account_id is required\n"));
}

BOOST_AUTO_TEST_CASE(says_what_an_amount_is) {
    const std::string whole =
        " must be a whole number of the currency's smallest unit: 1250 for 12.50 of a currency with "
        "two decimal places\n";
    for (const auto* amount : {"12.50", "0.5", "\"12.50\"", "true", "1e-2"})
        BOOST_TEST(faults_of_payment(R"("amount":)" + std::string{amount}) == "/amount" + whole, amount);
    BOOST_TEST(faults_of_payment(R"("amounts":[1,2.5])") == "/amounts/1" + whole);
    for (const auto* amount : {"0", "10000", "1e4", "-1.0", "1e99"})
        BOOST_TEST(
            faults_of_payment(R"("amount":)" + std::string{amount}) == "/amount must be an integer from 1 to 9999\n",
            amount);
    BOOST_TEST(faults_of_payment(R"("amount":1,"places":1.5)") == "/places must be an integer\n");
    BOOST_TEST(
        schema::parse<payment>(R"({"currency":"","account_id":"","amount":1.2e1})").value().amount.value() == 12);
}

BOOST_AUTO_TEST_CASE(keeps_numbers_of_free_objects) {
    const auto read = schema::parse<payment>(
        R"({"currency":"","account_id":"","metadata":{"rate":1.50,"list":[-0.25,1e2,-0],"deep":{"x":1E-3}}})");
    BOOST_REQUIRE(read.has_value());
    BOOST_TEST(read->metadata.text == R"({"rate":1.5,"list":[-0.25,100,0],"deep":{"x":0.001}})");
    const std::string lost = " must be a whole number from -9007199254740991 to 9007199254740991, or one of at most 17 "
                             "digits with at most 40 "
                             "decimal places\n";
    BOOST_TEST(
        faults_of_payment(R"("amount":1,"metadata":{"a":[1,{"b":1e300}],"c":9007199254740993})") ==
        "/metadata/a/1/b" + lost + "/metadata/c" + lost);
}

BOOST_AUTO_TEST_CASE(tells_malformed_from_invalid) {
    BOOST_TEST((schema::parse<desk::create_ticket>("{").error().code == errc::malformed_json));
    BOOST_TEST((schema::parse<desk::create_ticket>("[]").error().code == errc::validation_failed));
    BOOST_TEST(faults_of(schema::parse<desk::create_ticket>("[]").error()) == " must be an object\n");
}

// JSON has it, PostgreSQL has not: well formed, and wrong.
BOOST_AUTO_TEST_CASE(refuses_the_character_that_no_text_has) {
    const std::string nul = R"(must not contain the character U+0000)";
    const auto read = schema::parse<desk::create_ticket>(
        R"({"subject":"a\u0000b","description":"\u0000","customer_id":"\u0000","priority":"low\u0000",)"
        R"("labels":["a","\u0000"],"metadata":{"a":[1,{"b":"x\u0000"}],"k\u0000":1},"x\u0000":1})");
    BOOST_REQUIRE(read.has_error());
    BOOST_TEST((read.error().code == errc::validation_failed));
    const auto all = faults_of(read.error());
    for (const std::string pointer :
         {"/subject", "/description", "/customer_id", "/priority", "/labels/1", "/metadata/a/1/b"})
        BOOST_TEST(all.find(pointer + " " + nul + "\n") != std::string::npos, pointer << " is not in " << all);
    BOOST_TEST(all.find(std::string{"/metadata/k\0 ", 13} + nul) != std::string::npos);
    BOOST_TEST(all.find(std::string{"/x\0 is not a known field", 24}) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(numbers_of_any_exponent_are_numbers) {
    for (const auto* amount :
         {"1e400", "1e99999999", "1e2147483648", "1e1000000000000", "-1E+1000000000000000000000000"})
        BOOST_TEST(
            faults_of_payment(R"("amount":)" + std::string{amount}) == "/amount must be an integer from 1 to 9999\n",
            amount);
    BOOST_TEST(faults_of_payment(R"("amount":1e0000000000000000)") == "");
    BOOST_TEST(faults_of_payment(R"("amount":1e-1000000000000)") == "/amount must be an integer from 1 to 9999\n");
    // What stands behind one is read as ever, and what only looks like one is left as it is.
    BOOST_TEST(
        faults_of_payment(R"("places":1e1000000000000,"amount":"2","x":1)") ==
        faults_of_payment(R"("places":1e400,"amount":"2","x":1)"));
    const auto read = schema::parse<payment>(
        R"({"currency":"1e1000000000000\"1e1000000000000","account_id":"a","places":0e1000000000000})");
    BOOST_REQUIRE(read.has_value());
    BOOST_TEST(read->currency == "1e1000000000000\"1e1000000000000");
    BOOST_TEST(read->places == 0);
    const auto cut = schema::parse<payment>(R"({"places":1e1000000000000,)");
    BOOST_TEST((cut.error().code == errc::malformed_json));
    BOOST_TEST(faults_of(cut.error()) == " ends too early at byte 26\n");
}

BOOST_AUTO_TEST_CASE(refuses_the_wrong_type_by_name) {
    BOOST_TEST(faults_of_subject("7") == "/subject must be a string\n");
    BOOST_TEST(faults_of_subject("null") == "/subject must not be null\n");
    BOOST_TEST(faults_with(R"("subject_resource":"x")") == "/subject_resource must be an object\n");
    BOOST_TEST(faults_with(R"("metadata":[])") == "/metadata must be an object\n");
    BOOST_TEST(faults_with(R"("labels":{})") == "/labels must be an array\n");
    BOOST_TEST(
        faults_with(R"("labels":["a",null,3,""])") == "/labels must have at most 3 elements\n"
                                                      "/labels/1 must not be null\n"
                                                      "/labels/2 must be a string\n");
}

BOOST_AUTO_TEST_CASE(counts_code_points) {
    BOOST_TEST(faults_of_subject(repeated("\u20ac", 200)) == "");
    BOOST_TEST(faults_of_subject(repeated("\U0001F600", 200)) == "");
    BOOST_TEST(faults_of_subject(repeated("\\ud83d\\ude00", 200)) == "");
    BOOST_TEST(faults_of_subject(repeated("\u20ac", 201)) == "/subject must be 1 to 200 characters long\n");
}

BOOST_AUTO_TEST_CASE(looks_at_what_a_string_holds) {
    BOOST_TEST(faults_of_subject(R"(" x ")") == "");
    BOOST_TEST(faults_of_subject("\" \\t\u00a0\u2003\u200b\"") == "/subject must not be blank\n");
    BOOST_TEST(faults_of_subject(R"("a\nb")") == "/subject must be a single line without control characters\n");
    BOOST_TEST(faults_of_subject("\"a\x7F\"") == "/subject must be a single line without control characters\n");
    for (const std::string end : {"\u0080", "\u0085", "\u009f", "\u2028", "\u2029"})
        BOOST_TEST(
            faults_of_subject("\"a" + end + "b\"") == "/subject must be a single line without control characters\n");
    BOOST_TEST(faults_of_subject("\"\u00a0a\u00a1\u2027\u202a\"") == "");
    BOOST_TEST(faults_of_subject("\"\u2800 \u2800\"") == "/subject must not be blank\n");
    BOOST_TEST(faults_with(R"("labels":["a\n\tb\r"])") == "");
    BOOST_TEST(faults_with("\"labels\":[\"a\u0085b\u2028c\u2029\"]") == "");
    BOOST_TEST(
        faults_with("\"labels\":[\"a\u0091\"]") ==
        "/labels/0 must not contain control characters other than tab and line breaks\n");
    BOOST_TEST(
        faults_with(R"("labels":["\u0007"])") ==
        "/labels/0 must not contain control characters other than tab and line breaks\n");
}

BOOST_AUTO_TEST_CASE(bounds_free_objects) {
    BOOST_TEST(faults_with(R"("metadata":{"a":1,"b":{"c":[null,true,"x"]},"d":3})") == "");
    BOOST_TEST(faults_with(R"("metadata":{"a":1,"b":2,"c":3,"d":4})") == "/metadata must have at most 3 keys\n");
    BOOST_TEST(
        faults_with(R"("metadata":{"a":)" + repeated("x", 93) + "}") ==
        "/metadata must be at most 100 bytes of JSON\n");
    BOOST_TEST(faults_with(R"("metadata":{"a":)" + repeated("x", 92) + "}") == "");
}

BOOST_AUTO_TEST_CASE(tells_absent_from_null_in_a_patch) {
    const auto read = schema::parse<desk::patch_ticket>(R"({"subject":"new","assignee_id":null})");
    BOOST_REQUIRE(read.has_value());
    BOOST_TEST(read->subject.over(std::string{"old"}) == "new");
    BOOST_TEST(!read->priority.present());
    BOOST_TEST((read->priority.over(desk::ticket_priority::low) == desk::ticket_priority::low));
    BOOST_TEST(read->assignee_id.is_null());
    BOOST_TEST(!read->assignee_id.over(std::optional<uuid>{uuid{}}).has_value());
    BOOST_TEST(
        faults_of(schema::parse<desk::patch_ticket>(R"({"subject":null,"priority":null})").error()) ==
        "/subject must not be null\n/priority must not be null\n");
}

BOOST_AUTO_TEST_CASE(knows_formats) {
    for (const auto* text : {"ada@example.org", "a.b+c@d.e", "\u00e9@example.org"})
        BOOST_TEST(schema::formats::is_email(text), text);
    for (const auto* text :
         {"", "ada", "@example.org", "ada@", "ada@org", "a@b@c.d", "a b@c.d", "a@.d", "a@c..d", "a@c.", "<a@c.d>",
          "a@c.d\n"})
        BOOST_TEST(!schema::formats::is_email(text), text);
    BOOST_TEST(!schema::formats::is_email("ada\u200b@example.org"));
    BOOST_TEST(schema::formats::is_ascii_email("ada@example.org"));
    for (const auto* text : {"ada", "\u00e9@example.org", "\u212Aim@example.org", "kim@example.org\u0130"})
        BOOST_TEST(!schema::formats::is_ascii_email(text), text);
    BOOST_TEST(schema::formats::is_identifier("Transfer.v2_x-y"));
    for (const auto* text : {"", "2x", "-x", "x y", "x/y"})
        BOOST_TEST(!schema::formats::is_identifier(text), text);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::schema_parse_test
