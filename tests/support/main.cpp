#define BOOST_TEST_MODULE bursar
#include <boost/test/unit_test.hpp>
