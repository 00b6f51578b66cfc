#include "server/json_string.hpp"

#include <boost/test/unit_test.hpp>

namespace bursar::tests::json_string_test {

using namespace bursar::server;

namespace {

std::string json_of(std::string_view text) {
    std::string out;
    append_json_string(out, text);
    return out;
}

// One character at a time, as RFC 8259 section 7 says it.
std::string escaped(char c) {
    static constexpr char hex[] = "0123456789abcdef";
    static constexpr std::string_view named = "\"\"\\\\\nn\rr\tt\bb\ff"; // character, letter, character, letter …
    for (std::size_t i = 0; i < named.size(); i += 2)
        if (named[i] == c)
            return {'\\', named[i + 1]};
    if (static_cast<unsigned char>(c) < 0x20)
        return std::string{"\\u00"} + hex[c >> 4] + hex[c & 15];
    return {c};
}

} // namespace

BOOST_AUTO_TEST_SUITE(json_strings)

BOOST_AUTO_TEST_CASE(every_byte_at_every_place_of_a_word_is_escaped_or_left) {
    for (int byte = 0; byte < 256; ++byte) {
        const auto c = static_cast<char>(byte);
        for (std::size_t at = 0; at < 20; ++at) {
            std::string text(20, 'x');
            text[at] = c;
            const auto expected = "\"" + std::string(at, 'x') + escaped(c) + std::string(19 - at, 'x') + "\"";
            BOOST_REQUIRE_EQUAL(json_of(text), expected);
        }
    }
    BOOST_TEST(json_of("") == "\"\"");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::json_string_test
