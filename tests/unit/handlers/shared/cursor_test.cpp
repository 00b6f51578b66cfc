#include "handlers/shared/cursor.hpp"

#include <boost/test/unit_test.hpp>

#include <limits>
#include <tuple>

namespace bursar::tests::cursor_test {

using namespace bursar::handlers;
using bursar::server::errc;
using bursar::server::uuid;

namespace {

list_scope open_tickets_of(const uuid& customer) {
    list_scope scope{"tickets"};
    scope.bind("status", std::string_view{"open"}).bind("customer", customer);
    return scope;
}

bool refused(const list_scope& scope, const std::string& cursor) {
    const auto read = read_cursor<uuid>(scope, cursor);
    return !read && read.error().code == errc::invalid_cursor && read.error().fields.front().pointer == "cursor";
}

} // namespace

BOOST_AUTO_TEST_SUITE(cursor)

BOOST_AUTO_TEST_CASE(goes_there_and_back) {
    const auto scope = open_tickets_of(uuid::v7());
    const auto position = uuid::v7();
    const auto text = make_cursor(scope, position);
    BOOST_TEST(text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") == text.npos);
    BOOST_TEST((read_cursor<uuid>(scope, text).value() == position));
    for (const auto number :
         {std::int64_t{0}, std::int64_t{1}, std::int64_t{256}, std::numeric_limits<std::int64_t>::max()})
        BOOST_TEST((read_cursor<std::int64_t>(scope, make_cursor(scope, number)).value() == number));
    for (const std::string_view code : {"EUR", "POINTS", "\xc3\xbc", ""})
        BOOST_TEST((read_cursor<std::string>(scope, make_cursor(scope, code)).value() == code));
}

BOOST_AUTO_TEST_CASE(absent_is_the_beginning) {
    BOOST_TEST(!read_cursor<uuid>(list_scope{"tickets"}, std::nullopt).value().has_value());
    BOOST_TEST(!read_cursor<std::int64_t>(list_scope{"tickets"}, std::nullopt).value().has_value());
}

BOOST_AUTO_TEST_CASE(is_bound_to_list_and_filters) {
    const auto customer = uuid::v7();
    const auto text = make_cursor(open_tickets_of(customer), uuid::v7());
    BOOST_TEST(refused(open_tickets_of(uuid::v7()), text));
    BOOST_TEST(refused(list_scope{"tickets"}, text));
    list_scope other_list{"customers"};
    other_list.bind("status", std::string_view{"open"}).bind("customer", customer);
    BOOST_TEST(refused(other_list, text));
    list_scope shifted{"tickets"};
    shifted.bind("statu", std::string_view{"sopen"}).bind("customer", customer);
    BOOST_TEST(refused(shifted, text));
}

BOOST_AUTO_TEST_CASE(refuses_what_it_did_not_make) {
    const list_scope scope{"tickets"};
    const auto text = make_cursor(scope, uuid::v7());
    for (const std::string& wrong :
         {std::string{}, std::string{"x"}, text.substr(1), text + "A", text + "=",
          text.substr(0, text.size() - 1) + "+", make_cursor(scope, std::int64_t{7}), std::string(1000, 'A')})
        BOOST_TEST(refused(scope, wrong), wrong);
    // What decoders of base64 are used to bear.
    for (const auto* const borne : {" ", "\n", "=", "==", "."}) {
        BOOST_TEST(refused(scope, text + borne));
        BOOST_TEST(refused(scope, borne + text));
        BOOST_TEST(refused(scope, std::string{text}.insert(4, borne)));
    }
    // Bits beyond the last byte must be zero: one spelling for each cursor.
    auto number = make_cursor(scope, std::int64_t{0});
    BOOST_TEST(number.back() == 'A');
    number.back() = 'B';
    BOOST_TEST(!read_cursor<std::int64_t>(scope, number));
}

BOOST_AUTO_TEST_CASE(has_one_spelling) {
    const list_scope scope{"assets"};
    constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    // 8, 9 and 10 bytes: every remainder of three.
    for (const std::string_view position : {"", "E", "EU"}) {
        const auto text = make_cursor(scope, position);
        BOOST_TEST((read_cursor<std::string>(scope, text).value() == position));
        for (const auto* const more : {"=", "==", "===", ".", " ", "\t", "A", "AA", "AAA", "A==="})
            BOOST_TEST(!read_cursor<std::string>(scope, text + more), text + more);
        BOOST_TEST(!read_cursor<std::string>(scope, text + '\0'));
        // Of the last digit those bits that no byte takes.
        const auto unused = text.size() % 4 == 2 ? 16U : text.size() % 4 == 3 ? 4U : 1U;
        const auto last = digits.find(text.back());
        BOOST_TEST(last % unused == 0U);
        for (auto other = last + 1; other < last + unused; ++other) {
            auto wrong = text;
            wrong.back() = digits[other];
            BOOST_TEST(!read_cursor<std::string>(scope, wrong), wrong);
        }
    }
}

BOOST_AUTO_TEST_CASE(is_written_in_the_alphabet_of_urls) {
    const list_scope scope{"assets"};
    for (const auto& [position, ours, other] :
         {std::tuple{std::string_view{">>>>"}, '-', '+'}, std::tuple{std::string_view{"????"}, '_', '/'}}) {
        auto text = make_cursor(scope, position);
        BOOST_TEST((read_cursor<std::string>(scope, text).value() == position));
        const auto at = text.find(ours);
        BOOST_REQUIRE(at != text.npos);
        text[at] = other;
        BOOST_TEST(!read_cursor<std::string>(scope, text));
    }
}

BOOST_AUTO_TEST_CASE(of_text_holds_what_a_database_takes_for_text) {
    const list_scope scope{"assets"};
    for (const std::string_view wrong :
         {std::string_view{"A\0B", 3}, std::string_view{"\xff"}, std::string_view{"\xc3"}})
        BOOST_TEST(!read_cursor<std::string>(scope, make_cursor(scope, wrong)));
    BOOST_TEST(!read_cursor<std::string>(scope, make_cursor(list_scope{"tickets"}, std::string_view{"EUR"})));
}

BOOST_AUTO_TEST_CASE(of_the_feed_tells_places_apart) {
    const list_scope feed{"events"};
    const auto early = make_cursor(feed, feed_position{3, 0});
    const auto late = make_cursor(feed, feed_position{std::numeric_limits<std::int64_t>::max(), 7});
    BOOST_TEST(early.size() == late.size());
    BOOST_TEST(early != make_cursor(feed, feed_position{3, 1}));
    BOOST_TEST(early != make_cursor(feed, feed_position{4, 0}));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::cursor_test
