#include "server/secret.hpp"

#include <boost/test/unit_test.hpp>

namespace bursar::tests::secret_test {

using namespace bursar::server;

BOOST_AUTO_TEST_SUITE(api_keys)

BOOST_AUTO_TEST_CASE(made_keys_are_well_formed_and_all_different) {
    const auto key = make_secret(secret_kind::api_key);
    BOOST_TEST(key.size() == 45U);
    BOOST_TEST(well_formed_secret(secret_kind::api_key, key));
    BOOST_TEST(key != make_secret(secret_kind::api_key));
    BOOST_TEST(display_prefix(key) == key.substr(0, 13));
}

BOOST_AUTO_TEST_CASE(every_single_wrong_character_is_caught) {
    const auto key = make_secret(secret_kind::api_key);
    for (std::size_t i = 0; i < key.size(); ++i) {
        auto wrong = key;
        wrong[i] = wrong[i] == 'x' ? 'y' : 'x';
        BOOST_TEST(!well_formed_secret(secret_kind::api_key, wrong), i);
    }
    BOOST_TEST(!well_formed_secret(secret_kind::api_key, key + "0"));
    BOOST_TEST(!well_formed_secret(secret_kind::api_key, ""));
}

BOOST_AUTO_TEST_CASE(sha256_of_the_standard) {
    // FIPS 180-4, example "abc".
    const auto hash = sha256("abc");
    BOOST_TEST(hash[0] == 0xba);
    BOOST_TEST(hash[31] == 0xad);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::secret_test
