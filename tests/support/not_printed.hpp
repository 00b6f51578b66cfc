// What Boost.Test compares in the suites and does not know how to print.
#pragma once

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace bursar::tests {

using number_list = std::vector<std::int64_t>;
using name_set = std::set<std::string>;
using numbers_by_name = std::map<std::string, number_list>;

} // namespace bursar::tests

BOOST_TEST_DONT_PRINT_LOG_VALUE(bursar::tests::number_list)
BOOST_TEST_DONT_PRINT_LOG_VALUE(bursar::tests::name_set)
BOOST_TEST_DONT_PRINT_LOG_VALUE(bursar::tests::numbers_by_name)
