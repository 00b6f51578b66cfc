#include "server/uuid.hpp"

#include <boost/test/unit_test.hpp>

#include <set>

namespace bursar::tests::uuid_test {

using namespace bursar::server;

BOOST_AUTO_TEST_SUITE(uuid_v7)

BOOST_AUTO_TEST_CASE(has_version_and_variant) {
    const auto text = uuid::v7().to_string();
    BOOST_TEST(text.size() == 36U);
    BOOST_TEST(text[14] == '7');
    BOOST_TEST((text[19] == '8' || text[19] == '9' || text[19] == 'a' || text[19] == 'b'));
}

BOOST_AUTO_TEST_CASE(grows_and_never_repeats) {
    auto last = uuid::v7();
    for (int i = 0; i < 100'000; ++i) {
        const auto id = uuid::v7();
        BOOST_REQUIRE((last < id));
        last = id;
    }
}

BOOST_AUTO_TEST_CASE(round_trips_and_refuses_other_forms) {
    const auto id = uuid::v7();
    BOOST_TEST((uuid::parse(id.to_string()) == id));
    for (const auto* text :
         {"", "0190", "{01900000-0000-7000-8000-000000000000}", "01900000000070008000000000000000",
          "01900000-0000-7000-8000-00000000000g", "01900000-0000-7000-8000-0000000000000"})
        BOOST_TEST(!uuid::parse(text), text);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::uuid_test
