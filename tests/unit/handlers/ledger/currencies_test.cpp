#include "handlers/ledger/currencies.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <string>

namespace bursar::tests::currencies_test {

using namespace bursar::handlers;

BOOST_AUTO_TEST_SUITE(currencies)

BOOST_AUTO_TEST_CASE(have_the_exponents_of_list_one) {
    const std::map<std::string, int> expected{{"EUR", 2}, {"USD", 2}, {"AED", 2}, {"ZWG", 2}, {"MGA", 2}, {"MRU", 2},
                                              {"JPY", 0}, {"BIF", 0}, {"XPF", 0}, {"ISK", 0}, {"UGX", 0}, {"UYI", 0},
                                              {"BHD", 3}, {"KWD", 3}, {"TND", 3}, {"CLF", 4}, {"UYW", 4}};
    for (const auto& [code, exponent] : expected) {
        BOOST_TEST(is_iso_currency(code), code);
        BOOST_TEST(iso_exponent(code).value_or(-1) == exponent, code);
    }
}

BOOST_AUTO_TEST_CASE(without_a_minor_unit_are_known_but_have_no_exponent) {
    for (const auto* code : {"XAU", "XDR", "XTS", "XUA", "XBD"}) {
        BOOST_TEST(is_iso_currency(code), code);
        BOOST_TEST(!iso_exponent(code).has_value(), code);
    }
}

BOOST_AUTO_TEST_CASE(number_as_many_as_list_one_has) {
    std::map<int, int> counted; // by exponent; -1: none
    for (char a = 'A'; a <= 'Z'; ++a)
        for (char b = 'A'; b <= 'Z'; ++b)
            for (char c = 'A'; c <= 'Z'; ++c)
                if (const std::string code{a, b, c}; is_iso_currency(code))
                    ++counted[iso_exponent(code).value_or(-1)];
    BOOST_TEST((counted == std::map<int, int>{{-1, 13}, {0, 17}, {2, 139}, {3, 7}, {4, 2}}));
}

BOOST_AUTO_TEST_CASE(are_listed_by_code_once_each) {
    const auto all = iso_currencies();
    BOOST_TEST(all.size() == 178U);
    for (std::size_t i = 0; i < all.size(); ++i) {
        BOOST_TEST((i == 0 || all[i - 1].code < all[i].code), all[i].code);
        BOOST_TEST((all[i].exponent == iso_exponent(all[i].code)), all[i].code);
    }
}

BOOST_AUTO_TEST_CASE(are_not_what_left_the_list_or_was_never_in_it) {
    for (const auto* code :
         {"HRK", "BGN", "ANG", "SLL", "CUC", "ZWL", "DEM", "ABC", "eur", "EU", "EURO", "", "UR ", " EU"})
        BOOST_TEST(!is_iso_currency(code), code);
}

BOOST_AUTO_TEST_CASE(share_their_form_with_assets) {
    for (const auto* code : {"EUR", "POINTS", "X9_", "ABCDEFGHIJKL"})
        BOOST_TEST(is_asset_code(code), code);
    for (const auto* code : {"", "AB", "ABCDEFGHIJKLM", "9AB", "_AB", "abc", "A-B", "A B", "\u00c4BC"})
        BOOST_TEST(!is_asset_code(code), code);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::currencies_test
