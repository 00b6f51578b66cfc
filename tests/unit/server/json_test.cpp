#include "server/schema/json.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>
#include <random>

namespace bursar::tests::json_test {

using namespace bursar::server;

namespace {

struct refusal {
    std::string body;
    std::string pointer;
    std::string message;
};

std::ostream& operator<<(std::ostream& out, const refusal& r) {
    return out << r.body.substr(0, 60);
}

std::string nested(std::size_t levels) {
    return std::string(levels, '[') + std::string(levels, ']');
}

std::string many_keys(std::size_t count, std::size_t repeated) {
    std::string out = "{";
    for (std::size_t i = 0; i < count; ++i)
        out += "\"k" + std::to_string(i) + "\":0,";
    return out + "\"k" + std::to_string(repeated) + "\":0}";
}

std::vector<refusal> refusals() {
    using namespace std::string_literals;
    return {
        {"", "", "is empty"},
        {" \n\t", "", "is empty"},
        {"\xEF\xBB\xBF{}", "", "must not begin with a byte order mark"},
        {"{} {}", "", "has something after its end, at byte 3"},
        {"{}\0"s, "", "has something after its end, at byte 2"},
        {R"({"a":1,"b":2,"a":3})", "/a", "is a duplicate key"},
        {R"({"":1,"":3})", "/", "is a duplicate key"},
        {R"({"a":{"x~y/z":1,"x~y\u002fz":2}})", "/a/x~0y~1z", "is a duplicate key"},
        {R"([0,[{"a":1,"a":1}]])", "/1/0/a", "is a duplicate key"},
        {many_keys(40, 3), "/k3", "is a duplicate key"},
        {many_keys(40, 39), "/k39", "is a duplicate key"},
        {R"({"x\u0000":1,"x\u0000":2})", std::string{"/x\0", 3}, "is a duplicate key"},
        {R"({"a":"\ud800"})", "/a", "contains a lone surrogate at byte 12"},
        {R"({"a":"\udc00x"})", "/a", "contains a lone surrogate at byte 12"},
        {R"({"a":"\ud800\u0041"})", "/a", "contains a lone surrogate at byte 14"},
        {R"({"a":"\u00g0"})", "/a", "contains a broken \\u escape at byte 10"},
        {"{\"a\":\"\xFF\"}", "/a", "is not valid UTF-8 at byte 6"},
        {"{\"a\":\"\xED\xA0\x80\"}", "/a", "is not valid UTF-8 at byte 6"},
        {"{\"a\":\"\xC0\xAF\"}", "/a", "is not valid UTF-8 at byte 6"},
        {"{\"a\":\"x\ny\"}", "/a", "contains an unescaped control character at byte 7"},
        {nested(33), "", ""},
        {R"({"a":)", "/a", "ends too early at byte 5"},
        {R"({"a":"b)", "/a", "ends too early at byte 7"},
        {R"({"a":1,})", "", "is not valid JSON at byte 7"},
        {R"({"a":[1,]})", "/a/1", "is not valid JSON at byte 8"},
        {R"({"a":01})", "", "is not valid JSON at byte 6"},
        {R"({'a':1})", "", "is not valid JSON at byte 1"},
        {R"({"a":NaN})", "/a", "is not valid JSON at byte 5"},
        {R"({"a":1 /* no */})", "", "is not valid JSON at byte 7"},
    };
}

} // namespace

BOOST_AUTO_TEST_SUITE(json_reader)

BOOST_DATA_TEST_CASE(refuses_by_name_and_pointer, refusals()) {
    const auto read = schema::read_json(sample.body);
    BOOST_REQUIRE(read.has_error());
    const auto refused = read.error(); // a copy: error() of a const result returns one
    BOOST_TEST((refused.code == errc::malformed_json));
    BOOST_REQUIRE(refused.fields.size() == 1U);
    const auto& field = refused.fields.front();
    if (sample.message.empty()) {
        BOOST_TEST(field.message.starts_with("is nested more than 32 levels deep"));
        return;
    }
    BOOST_TEST(field.pointer == sample.pointer);
    BOOST_TEST(field.message == sample.message);
}

BOOST_AUTO_TEST_CASE(accepts_what_stands_just_inside_the_limits) {
    for (const auto& body :
         {std::string{"9007199254740991"}, std::string{"-9007199254740991"}, std::string{"0"}, nested(32),
          std::string{R"("\ud83d\ude00")"}, std::string{" \t\r\n{} \n"}, many_keys(40, 40), std::string{"\"\x7F\""}})
        BOOST_TEST(schema::read_json(body).has_value(), body);
}

// What a number comes to: "7", "7.5 fraction", "9e99 out of range".
std::string value_of(const std::string& number) {
    const auto read = schema::read_json(number);
    if (!read)
        return read.error().fields.front().message;
    std::string out;
    read->root().write(out);
    if (read->root().is_integer())
        return out;
    return out + (read->root().is_fraction() ? " fraction" : read->root().is_out_of_range() ? " out of range" : " ?");
}

BOOST_AUTO_TEST_CASE(takes_numbers_by_their_value) {
    for (const auto& [text, value] : std::vector<std::pair<std::string, std::string>>{
             {"100.0", "100"},
             {"-100.0", "-100"},
             {"1e2", "100"},
             {"1E+2", "100"},
             {"12.50e1", "125"},
             {"1200e-2", "12"},
             {"-0", "0"},
             {"-0.0", "0"},
             {"0e99", "0"},
             {"0.0e-99", "0"},
             {"9007199254740991", "9007199254740991"},
             {"-9007199254740991.000", "-9007199254740991"},
             {"9.007199254740991e15", "9007199254740991"},
             {"12.50", "12.5 fraction"},
             {"-1.5e0", "-1.5 fraction"},
             {"15e-1", "1.5 fraction"},
             {"0.30000000000000004", "0.30000000000000004 fraction"},
             {"1e-7", "0.0000001 fraction"},
             {"1e-40", "0.0000000000000000000000000000000000000001 fraction"},
             {"900719925474099.5", "900719925474099.5 fraction"},
             {"1e-41", "1e-41 out of range"},
             {"1.23456789012345678", "1.23456789012345678 out of range"},
             {"9007199254740992", "9007199254740992 out of range"},
             {"-9007199254740992", "-9007199254740992 out of range"},
             {"9007199254740991.55", "9007199254740991.55 out of range"},
             {"18446744073709551616", "18446744073709551616 out of range"},
             {"1e16", "1e16 out of range"},
             {"1e308", "1e308 out of range"},
             {"1e400", "1e400 out of range"},
             {"1e-1000000000000", "1e-0000099999999 out of range"},
             {"0.000e1000000000000", "0"}})
        BOOST_TEST(value_of(text) == value, text);
}

BOOST_AUTO_TEST_CASE(keeps_order_and_values) {
    const auto read = schema::read_json(R"( { "b" : [ 1 , -2, {"c":null} ], "a" : "\u00e9\n", "":true, "f":false } )");
    BOOST_REQUIRE(read.has_value());
    std::string out;
    read->root().write(out);
    BOOST_TEST(out == "{\"b\":[1,-2,{\"c\":null}],\"a\":\"\u00e9\\n\",\"\":true,\"f\":false}");
    BOOST_TEST(read->root().size() == 4U);
}

// A body of nothing but keys must cost n log n, or one request would hold the loop for minutes.
BOOST_AUTO_TEST_CASE(reads_a_hundred_thousand_keys) {
    BOOST_TEST(schema::read_json(many_keys(100'000, 100'000)).has_value());
    BOOST_TEST(schema::read_json(many_keys(100'000, 5)).has_error());
}

namespace {

class document_maker {
public:
    explicit document_maker(std::uint32_t seed)
        : random_(seed) {}

    std::string value(int depth) {
        switch (pick(depth > 0 ? 6 : 4)) {
        case 0: return "null";
        case 1: return pick(2) == 0 ? "true" : "false";
        case 2: return std::to_string(integer());
        case 3: return '"' + text() + '"';
        case 4: return container('[', ']', depth, false);
        default: return container('{', '}', depth, true);
        }
    }

private:
    std::size_t pick(std::size_t below) { return std::uniform_int_distribution<std::size_t>{0, below - 1}(random_); }

    std::int64_t integer() {
        return std::uniform_int_distribution<std::int64_t>{-schema::max_integer, schema::max_integer}(random_);
    }

    // Compact and escaped as append_json_string does it, so that writing what was read gives the same bytes.
    std::string text() {
        static const std::vector<std::string> pieces{"a",      "Z",      " ",          "\\\"",    "\\\\", "/",   "\\n",
                                                     "\u00e9", "\u20ac", "\U0001F600", "\\u0001", "~",    "\x7F"};
        std::string out;
        for (auto left = pick(8); left > 0; --left)
            out += pieces[pick(pieces.size())];
        return out;
    }

    std::string container(char open, char close, int depth, bool keys) {
        std::string out{open};
        const auto count = pick(5);
        for (std::size_t i = 0; i < count; ++i) {
            if (i > 0)
                out += ',';
            if (keys)
                out += '"' + text() + std::to_string(i) + "\":";
            out += value(depth - 1);
        }
        return out + close;
    }

    std::mt19937 random_;
};

} // namespace

BOOST_AUTO_TEST_CASE(writes_back_the_bytes_of_random_documents) {
    document_maker make{20261121};
    for (int i = 0; i < 5000; ++i) {
        const auto text = make.value(6);
        const auto read = schema::read_json(text);
        BOOST_REQUIRE_MESSAGE(read.has_value(), text);
        std::string out;
        read->root().write(out);
        BOOST_REQUIRE(out == text);
    }
}

// Whatever is done to the bytes, the reader ends in a value or in one named refusal.
BOOST_AUTO_TEST_CASE(survives_random_damage) {
    document_maker make{7};
    std::mt19937 random{8};
    for (int i = 0; i < 5000; ++i) {
        auto text = make.value(5);
        for (int hits = 0; hits < 3; ++hits)
            text[std::uniform_int_distribution<std::size_t>{0, text.size() - 1}(random)] =
                static_cast<char>(std::uniform_int_distribution<int>{0, 255}(random));
        const auto read = schema::read_json(text);
        if (read.has_error()) {
            const auto refused = read.error();
            BOOST_REQUIRE(refused.fields.size() == 1U);
            BOOST_REQUIRE(!refused.fields.front().message.empty());
            continue;
        }
        std::string out;
        read->root().write(out);
        BOOST_REQUIRE(schema::read_json(out).has_value());
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::json_test
