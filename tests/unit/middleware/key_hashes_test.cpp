#include "middleware/key_hashes.hpp"

#include <boost/test/unit_test.hpp>

namespace bursar::tests::key_hashes_test {

using bursar::middleware::key_hashes;
using bursar::server::make_secret;
using bursar::server::secret_kind;
using bursar::server::sha256;

BOOST_AUTO_TEST_SUITE(hashes_of_keys)

BOOST_AUTO_TEST_CASE(a_key_that_came_before_has_the_hash_that_it_had) {
    key_hashes hashes;
    const auto key = make_secret(secret_kind::api_key);
    BOOST_TEST(hashes.find(key) == nullptr);
    BOOST_CHECK(hashes.add(key) == sha256(key));
    BOOST_REQUIRE(hashes.find(key) != nullptr);
    BOOST_CHECK(*hashes.find(key) == sha256(key));
}

// A thousand keys in 256 places: each is found with its own hash or not at all, whoever had its place before.
BOOST_AUTO_TEST_CASE(no_key_has_the_hash_of_another) {
    key_hashes hashes;
    std::vector<std::string> keys;
    for (int i = 0; i < 1000; ++i)
        hashes.add(keys.emplace_back(make_secret(secret_kind::api_key)));
    int found = 0;
    for (const auto& key : keys) {
        const auto* hash = hashes.find(key);
        if (hash == nullptr)
            continue;
        BOOST_CHECK(*hash == sha256(key));
        ++found;
    }
    BOOST_TEST(found > 200);
    BOOST_TEST(found <= 256);
}

BOOST_AUTO_TEST_CASE(what_is_nearly_a_key_that_came_before_is_another) {
    key_hashes hashes;
    const auto key = make_secret(secret_kind::api_key);
    hashes.add(key);
    for (std::size_t i = 0; i < key.size(); ++i) {
        auto other = key;
        other[i] = other[i] == 'a' ? 'b' : 'a';
        BOOST_TEST(hashes.find(other) == nullptr);
    }
    BOOST_TEST(hashes.find(key.substr(0, key.size() - 1)) == nullptr);
    BOOST_TEST(hashes.find(key + "a") == nullptr);
    BOOST_TEST(hashes.find("") == nullptr);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::key_hashes_test
