#include "db/parameters.hpp"
#include "db/types.hpp"

#include <boost/test/unit_test.hpp>

namespace bursar::tests::parameters_test {

using namespace bursar::db;

BOOST_AUTO_TEST_SUITE(parameter_values)

BOOST_AUTO_TEST_CASE(integers_go_big_endian) {
    parameters::wire wire;
    parameters{std::int64_t{0x0102030405060708}, std::int32_t{-2}, true}.fill(wire);
    BOOST_TEST(wire.types == (std::vector<std::uint32_t>{wire_type::int8, wire_type::int4, wire_type::boolean}));
    BOOST_TEST(wire.lengths == (std::vector<int>{8, 4, 1}));
}

BOOST_AUTO_TEST_CASE(an_empty_text_is_not_null) {
    parameters values{std::string_view{}, std::optional<std::string>{}};
    parameters::wire wire;
    values.fill(wire);
    BOOST_TEST(wire.values[0] != nullptr);
    BOOST_TEST(wire.lengths[0] == 0);
    BOOST_TEST(wire.values[1] == nullptr);
    BOOST_TEST(wire.types[1] == wire_type::text);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::parameters_test
