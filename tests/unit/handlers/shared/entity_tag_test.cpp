#include "handlers/shared/entity_tag.hpp"

#include <boost/test/unit_test.hpp>

namespace bursar::tests::entity_tag_test {

using namespace bursar::handlers;

BOOST_AUTO_TEST_SUITE(entity_tags)

BOOST_AUTO_TEST_CASE(are_quoted_versions) {
    BOOST_TEST(entity_tag(3) == "\"3\"");
    BOOST_TEST(entity_tag(3, 14) == "\"3.14\"");
}

BOOST_AUTO_TEST_CASE(either_representation_names_its_version) {
    const auto versions = versions_of({false, {"3", "7.0", "12.100"}});
    BOOST_REQUIRE(versions.has_value());
    BOOST_TEST((*versions == std::vector<std::int64_t>{3, 7, 12}));
}

BOOST_AUTO_TEST_CASE(foreign_tags_match_nothing) {
    const auto versions = versions_of({false, {"", "abc", "3x", "3.", ".3", "3.x", "99999999999999999999", " 3"}});
    BOOST_REQUIRE(versions.has_value());
    BOOST_TEST(versions->empty());
}

BOOST_AUTO_TEST_CASE(star_is_any_version) {
    BOOST_TEST(!versions_of({true, {}}).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::entity_tag_test
