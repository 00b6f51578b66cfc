#include "tests/unit/server/desk_types.hpp"

#include <boost/test/unit_test.hpp>

#include <random>

namespace bursar::tests::schema_render_test {

using namespace bursar::server;

namespace wire {

struct measure {
    std::string name;
    std::int64_t amount = 0;
    bool flag = false;
    desk::ticket_priority level = desk::ticket_priority::low;
    uuid id;
    timestamp at;
    std::optional<std::int64_t> maybe;
    std::optional<std::string> rarely;
    std::vector<desk::subject_reference> about;
    schema::raw_json extra;

    bool operator==(const measure& other) const {
        return name == other.name && amount == other.amount && flag == other.flag && level == other.level &&
               id == other.id && at == other.at && maybe == other.maybe && rarely == other.rarely &&
               extra.text == other.extra.text &&
               std::equal(
                   about.begin(), about.end(), other.about.begin(), other.about.end(),
                   [](const auto& a, const auto& b) { return a.type == b.type && a.id == b.id; });
    }
};
constexpr auto describe_schema(const measure*) {
    using namespace schema;
    return object(
        "Measure", "One of each kind.", field("name", &measure::name), field("amount", &measure::amount),
        field("flag", &measure::flag), field("level", &measure::level), field("id", &measure::id),
        field("at", &measure::at), field("maybe", &measure::maybe),
        field("rarely", &measure::rarely, omitted_when_empty{}), field("about", &measure::about),
        field("extra", &measure::extra));
}

struct stored {
    uuid id;
    std::string name;
};
constexpr auto describe_schema(const stored*) {
    using namespace schema;
    return object("Stored", "", field("id", &stored::id, read_only{}), field("name", &stored::name));
}

} // namespace wire

namespace {

wire::measure random_measure(std::mt19937& random) {
    static const std::vector<std::string> pieces{"a", "\"", "\\", "\n", "\u00e9", "\U0001F600", "\u2028", "/", "<"};
    const auto pick = [&](std::size_t below) {
        return std::uniform_int_distribution<std::size_t>{0, below - 1}(random);
    };
    wire::measure out;
    for (auto left = pick(20); left > 0; --left)
        out.name += pieces[pick(pieces.size())];
    out.amount = std::uniform_int_distribution<std::int64_t>{-schema::max_integer, schema::max_integer}(random);
    out.flag = pick(2) == 0;
    out.level = static_cast<desk::ticket_priority>(pick(4));
    out.id = uuid::v7();
    out.at = timestamp{
        std::chrono::microseconds{std::uniform_int_distribution<std::int64_t>{0, 4'102'444'800'000'000}(random)}};
    if (pick(2) == 0)
        out.maybe = static_cast<std::int64_t>(pick(1000));
    if (pick(2) == 0)
        out.rarely = "x";
    for (auto left = pick(3); left > 0; --left)
        out.about.push_back({"transfer", uuid::v7()});
    if (pick(2) == 0)
        out.extra.text = R"({"k":[1,null,{"x":"y"}]})";
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(schema_render)

BOOST_AUTO_TEST_CASE(writes_compact_json_in_the_order_of_the_declaration) {
    wire::measure value;
    value.name = "say \"hi\"\n";
    value.amount = -schema::max_integer;
    value.level = desk::ticket_priority::critical;
    std::string out = "before ";
    schema::render(out, value);
    BOOST_TEST(
        out == R"(before {"name":"say \"hi\"\n","amount":-9007199254740991,"flag":false,"level":"critical",)"
               R"("id":"00000000-0000-0000-0000-000000000000","at":"1970-01-01T00:00:00.000000Z","maybe":null,)"
               R"("about":[],"extra":{}})");
}

BOOST_AUTO_TEST_CASE(strips_the_underscore_of_a_keyword) {
    std::string out;
    schema::render(out, std::vector{desk::ticket_status::new_, desk::ticket_status::open});
    BOOST_TEST(out == R"(["new","open"])");
    BOOST_TEST((schema::parse_enum<desk::ticket_status>("new") == desk::ticket_status::new_));
    BOOST_TEST(!schema::parse_enum<desk::ticket_status>("new_").has_value());
}

BOOST_AUTO_TEST_CASE(reads_back_what_it_wrote) {
    std::mt19937 random{42};
    for (int i = 0; i < 2000; ++i) {
        const auto value = random_measure(random);
        std::string out;
        schema::render(out, value);
        const auto read = schema::parse<wire::measure>(out);
        BOOST_REQUIRE_MESSAGE(read.has_value(), out);
        BOOST_REQUIRE_MESSAGE(*read == value, out);
    }
}

BOOST_AUTO_TEST_CASE(shows_what_may_not_be_sent) {
    std::string out;
    schema::render(out, wire::stored{{}, "n"});
    BOOST_TEST(out == R"({"id":"00000000-0000-0000-0000-000000000000","name":"n"})");
    BOOST_TEST(schema::parse<wire::stored>(R"({"name":"n"})").has_value());
    const auto read = schema::parse<wire::stored>(out);
    BOOST_REQUIRE(read.has_error());
    const auto refused = read.error();
    BOOST_TEST(refused.fields.at(0).pointer == "/id");
    BOOST_TEST(refused.fields.at(0).message == "is read-only");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::schema_render_test
