#include "server/whole_number.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <limits>

namespace bursar::tests::whole_number_test {

using namespace bursar::server;

BOOST_AUTO_TEST_SUITE(whole_number)

BOOST_AUTO_TEST_CASE(is_the_whole_text) {
    BOOST_TEST((parse_whole_number<int>("0") == 0));
    BOOST_TEST((parse_whole_number<int>("007") == 7));
    BOOST_TEST((parse_whole_number<int>("-7") == -7));
    BOOST_TEST((parse_whole_number<std::int64_t>("-9223372036854775808") == std::numeric_limits<std::int64_t>::min()));
    BOOST_TEST(
        (parse_whole_number<std::uint64_t>("18446744073709551615") == std::numeric_limits<std::uint64_t>::max()));
}

// Blanks and a plus are what absl::SimpleAtoi would take.
BOOST_AUTO_TEST_CASE(is_nothing_else) {
    for (const std::string_view wrong :
         {"", "-", "--1", "+1", " 1", "1 ", "\t1", "1\n", "1.0", "1e3", "0x1", "1,000"}) {
        BOOST_TEST(!parse_whole_number<std::int64_t>(wrong), wrong);
        BOOST_TEST(!parse_whole_number<std::uint64_t>(wrong), wrong);
    }
    BOOST_TEST(!parse_whole_number<int>({"1\0", 2}));
    BOOST_TEST(!parse_whole_number<int>(std::string_view{}));
    BOOST_TEST(!parse_whole_number<unsigned>("-1"));
    BOOST_TEST(!parse_whole_number<std::int64_t>("9223372036854775808"));
    BOOST_TEST(!parse_whole_number<std::uint64_t>("18446744073709551616"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::whole_number_test
