#include "db/migrations.hpp"
#include "tests/integration/db/fixture.hpp"

#include <thread>

namespace bursar::tests::migrations_test {

using db::migration;

namespace {

constexpr std::array<migration, 2> two{{
    {1, "0001_things", "CREATE TABLE things (id int8); INSERT INTO things VALUES (1);"},
    {2, "0002_names", "ALTER TABLE things ADD COLUMN name text;"},
}};

constexpr std::array<migration, 1> altered{migration{1, "0001_things", "CREATE TABLE things (id int4);"}};

constexpr std::array<migration, 3> third_breaks{{
    two[0],
    two[1],
    {3, "0003_broken", "CREATE TABLE half (id int8); SELECT 1 / 0;"},
}};

constexpr std::array<migration, 3> third_is_a_door{{
    two[0],
    two[1],
    {3, "0003_drop", "-- one-way door: the column goes.\nALTER TABLE things DROP COLUMN name;"},
}};

constexpr std::array<migration, 3> third_adds{{two[0], two[1], {3, "0003_more", "CREATE TABLE more (id int8);"}}};

constexpr std::array<migration, 1> commits_itself{
    migration{1, "0001_things", "CREATE TABLE things (id int8); COMMIT;"}};

struct schema {
    postgres_server& at = postgres_server::shared();
    std::string name = at.fresh_schema();

    std::string sql(const std::string& text) const { return at.query("SET search_path = " + name + "; " + text); }
    std::string apply(std::span<const migration> steps) const {
        const auto r = db::migrate(at.url(), name, steps);
        return r.has_error() ? r.error().message : std::to_string(*r);
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(migrations)

BOOST_AUTO_TEST_CASE(applied_once_and_in_order) {
    const schema in;
    BOOST_TEST(in.apply(two) == "2");
    BOOST_TEST(in.apply(two) == "0");
    BOOST_TEST(
        in.sql("SELECT string_agg(name, ',' ORDER BY number) FROM schema_migrations") == "0001_things,0002_names");
    const auto list = db::status(in.at.url(), in.name, third_adds);
    BOOST_REQUIRE(list.has_value());
    BOOST_REQUIRE(list->size() == 3U);
    BOOST_TEST((*list)[1].applied);
    BOOST_TEST(!(*list)[1].altered);
    BOOST_TEST(!(*list)[2].applied);
}

BOOST_AUTO_TEST_CASE(status_of_an_untouched_database_changes_nothing) {
    const schema in;
    const auto list = db::status(in.at.url(), in.name, two);
    BOOST_REQUIRE(list.has_value());
    BOOST_TEST(!list->front().applied);
    BOOST_TEST(in.sql("SELECT to_regclass('" + in.name + ".schema_migrations') IS NULL") == "t");
}

BOOST_AUTO_TEST_CASE(concurrent_migrations_apply_once) {
    const schema in;
    std::array<std::string, 4> answers;
    std::vector<std::thread> threads;
    for (auto& answer : answers)
        threads.emplace_back([&in, &answer] { answer = in.apply(two); });
    for (auto& t : threads)
        t.join();
    BOOST_TEST(std::count(answers.begin(), answers.end(), "2") == 1);
    BOOST_TEST(std::count(answers.begin(), answers.end(), "0") == 3);
    BOOST_TEST(in.sql("SELECT count(*) FROM things") == "1");
}

BOOST_AUTO_TEST_CASE(a_failing_step_leaves_no_trace_and_keeps_the_earlier_ones) {
    const schema in;
    BOOST_TEST(in.apply(third_breaks).find("0003_broken") != std::string::npos);
    BOOST_TEST(in.sql("SELECT count(*) FROM schema_migrations") == "2");
    BOOST_TEST(in.sql("SELECT to_regclass('" + in.name + ".half') IS NULL") == "t");
    BOOST_TEST(in.apply(third_adds) == "1");
}

BOOST_AUTO_TEST_CASE(an_altered_step_is_refused) {
    const schema in;
    BOOST_TEST(in.apply(two) == "2");
    BOOST_TEST(in.apply(altered).find("another text") != std::string::npos);
    const auto list = db::status(in.at.url(), in.name, altered);
    BOOST_REQUIRE(list.has_value());
    BOOST_TEST(list->front().altered);
}

BOOST_AUTO_TEST_CASE(an_older_binary_runs_beside_an_additive_schema_but_not_past_a_one_way_door) {
    const schema additive;
    BOOST_TEST(additive.apply(third_adds) == "3");
    BOOST_TEST(additive.apply(two) == "0");
    const schema door;
    BOOST_TEST(door.apply(third_is_a_door) == "3");
    BOOST_TEST(door.apply(two).find("one-way door") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_step_may_not_end_its_transaction) {
    const schema in;
    BOOST_TEST(in.apply(commits_itself).find("must not contain") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_unreachable_database_and_a_bad_url_are_said) {
    BOOST_TEST(db::migrate("postgresql://x@127.0.0.1:1/none").has_error());
    BOOST_TEST(db::migrate("postgresql://x@[").has_error());
}

BOOST_AUTO_TEST_CASE(the_embedded_ones_apply) {
    const schema in;
    BOOST_TEST(in.apply(db::embedded_migrations()) == std::to_string(db::embedded_migrations().size()));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::migrations_test
