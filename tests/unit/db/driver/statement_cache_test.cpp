#include "db/driver/statement_cache.hpp"

#include <boost/test/unit_test.hpp>

namespace bursar::tests::statement_cache_test {

using bursar::db::statement_cache;

namespace {

const std::vector<std::uint32_t> none;
const std::vector<std::uint32_t> one_text{25};

} // namespace

BOOST_AUTO_TEST_SUITE(prepared_statements)

BOOST_AUTO_TEST_CASE(the_least_recently_used_goes_first) {
    statement_cache cache{2};
    cache.add(1, none);
    cache.add(2, none);
    BOOST_TEST(cache.find(1, none) != nullptr);
    const auto gone = cache.make_room(3);
    BOOST_REQUIRE(gone.has_value());
    BOOST_TEST(gone->statement_id == 2U);
    cache.add(3, none);
    BOOST_TEST(cache.size() == 2U);
    BOOST_TEST(cache.find(2, none) == nullptr);
}

BOOST_AUTO_TEST_CASE(other_parameter_types_are_another_preparation) {
    statement_cache cache{8};
    const auto first = cache.add(1, none).number;
    BOOST_TEST(cache.find(1, one_text) == nullptr);
    BOOST_TEST(cache.make_room(1)->number == first);
    BOOST_TEST(cache.add(1, one_text).number != first);
}

BOOST_AUTO_TEST_CASE(a_late_error_about_an_old_preparation_leaves_the_new_one) {
    statement_cache cache{8};
    const auto old = cache.add(1, none).number;
    cache.forget(1, old);
    const auto fresh = cache.add(1, none).number;
    cache.forget(1, old);
    cache.confirm(1, old);
    BOOST_REQUIRE(cache.find(1, none) != nullptr);
    BOOST_TEST(cache.find(1, none)->number == fresh);
    BOOST_TEST(!cache.find(1, none)->confirmed);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::statement_cache_test
