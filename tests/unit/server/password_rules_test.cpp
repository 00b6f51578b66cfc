#include "server/identity/password_rules.hpp"

#include <boost/test/unit_test.hpp>

namespace bursar::tests::password_rules_test {

using bursar::server::password_objection;

namespace {

std::string said_of(const std::string& password, const std::vector<std::string>& about = {}) {
    return password_objection(password, about).value_or("");
}

} // namespace

BOOST_AUTO_TEST_SUITE(password_rules)

BOOST_AUTO_TEST_CASE(what_is_long_and_nobodys_word_is_good) {
    for (const auto* good :
         {"correct horse battery staple", "another horse battery staple", "not my password at all", "xk7#mQ9$vL2p",
          "correcthorsebattery", "butterfly928374650", "\u00fcber sieben Br\u00fccken gehn"})
        BOOST_TEST(said_of(good) == "", good);
}

// A generator's: by chance they hold many pairs of neighbours, which a library of rules for short words minds.
BOOST_AUTO_TEST_CASE(what_is_random_is_good_whatever_neighbours_it_holds) {
    for (const auto* good :
         {"84529fb8-3d5c-498e-a767-d5d22014bc54", "00ceb871e64bcd5981285a1d4524a2af", "PUVwvbamCBJxwvvjVz7MMA",
          "10923462445561800034", "verse connoted curries almighty best cabins"})
        BOOST_TEST(said_of(good) == "", good);
    for (const auto* bad : {"abab1212cdcd3434efef5656", "112233445566778899001122", "abcabdabeabfabcabdabea"})
        BOOST_TEST(said_of(bad) != "", bad);
}

BOOST_AUTO_TEST_CASE(what_everybody_tries_is_refused_however_long) {
    for (const auto* bad :
         {"aaaaaaaaaaaa", "abababababab", "trustno1trustno1", "passwordpassword", "password1234", "sunshine2024!",
          "!!administrator", "123456789012", "abcdefghijkl", "qwertyuiopas", "drowssap1234", "xyzzyxxyzzyx"})
        BOOST_TEST(said_of(bad) != "", bad);
    BOOST_TEST(said_of("123456789012") == "hold a sequence such as 123456 or abcdef");
    BOOST_TEST(said_of("trustno1trustno1") == "be the same few characters over and over");
}

BOOST_AUTO_TEST_CASE(what_is_known_of_the_owner_is_no_secret) {
    const std::vector<std::string> about{"lovelace@example.com"};
    for (const auto* bad : {"lovelace@example.com", "LOVELACE and more 77", "my lovelace word 77"})
        BOOST_TEST(said_of(bad, about) == "hold your address, or a word that everybody tries", bad);
    BOOST_TEST(said_of("my lovelace word 77") == "");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::password_rules_test
