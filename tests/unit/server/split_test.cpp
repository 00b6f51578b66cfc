#include "server/split.hpp"

#include <boost/test/unit_test.hpp>

namespace bursar::tests::split_test {

using namespace bursar::server;
using pieces = std::vector<std::string_view>;

BOOST_AUTO_TEST_SUITE(splitting)

BOOST_AUTO_TEST_CASE(keeps_every_piece) {
    BOOST_TEST((split("a,b,c", ',') == pieces{"a", "b", "c"}));
    BOOST_TEST((split(",a,,b,", ',') == pieces{"", "a", "", "b", ""}));
    BOOST_TEST((split("a b", ',') == pieces{"a b"}));
    BOOST_TEST((split("", ',') == pieces{""}));
    BOOST_TEST((split(std::string_view{}, ',') == pieces{""}));
    BOOST_TEST((split({"a\0b,c", 5}, ',') == pieces{{"a\0b", 3}, "c"}));
}

BOOST_AUTO_TEST_CASE(leaves_the_rest_to_the_last_of_so_many) {
    BOOST_TEST((split("1 2 3 4", ' ', 3) == pieces{"1", "2", "3 4"}));
    BOOST_TEST((split("1 2 3 ", ' ', 3) == pieces{"1", "2", "3 "}));
    BOOST_TEST((split("1 2", ' ', 3) == pieces{"1", "2"}));
    BOOST_TEST((split("1 2", ' ', 1) == pieces{"1 2"}));
}

BOOST_AUTO_TEST_CASE(points_into_the_text) {
    const std::string_view text = "key=value";
    const auto found = split(text, '=');
    BOOST_REQUIRE(found.size() == 2U);
    BOOST_TEST(static_cast<const void*>(found[1].data()) == static_cast<const void*>(text.data() + 4));
}

BOOST_AUTO_TEST_CASE(of_a_list_leaves_out_blanks_and_what_is_empty) {
    BOOST_TEST((elements_of("a, b,\tc ") == pieces{"a", "b", "c"}));
    BOOST_TEST((elements_of(", a,, ,b c,") == pieces{"a", "b c"}));
    BOOST_TEST(elements_of("").empty());
    BOOST_TEST(elements_of(" ,\t").empty());
    // Blanks are spaces and tabs: whoever looks at the element refuses the rest.
    BOOST_TEST((elements_of("a,\nb,\vc") == pieces{"a", "\nb", "\vc"}));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::split_test
