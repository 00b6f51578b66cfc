#include "server/csv.hpp"

#include <boost/test/unit_test.hpp>

namespace bursar::tests::csv_test {

using bursar::server::csv_reader;

namespace {

// "1:a|b;3!fault;" for a record on line 1 and a malformed one on line 3.
std::string all_of(csv_reader reader) {
    std::string out;
    for (auto what = reader.next(); what != csv_reader::outcome::end; what = reader.next()) {
        out += std::to_string(reader.line());
        if (what == csv_reader::outcome::malformed) {
            out.append("!").append(reader.fault()).append(";");
            continue;
        }
        out += ':';
        for (std::size_t i = 0; i < reader.fields().size(); ++i)
            out.append(i == 0 ? "" : "|").append(reader.fields()[i]);
        out += ';';
    }
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(csv)

BOOST_AUTO_TEST_CASE(records_end_with_the_line_or_the_text) {
    BOOST_TEST(all_of(csv_reader{"a,b\nc,d\n"}) == "1:a|b;2:c|d;");
    BOOST_TEST(all_of(csv_reader{"a,b\r\nc,d"}) == "1:a|b;2:c|d;");
    BOOST_TEST(all_of(csv_reader{""}) == "");
    BOOST_TEST(all_of(csv_reader{"\n\r\n\n"}) == "");
    BOOST_TEST(all_of(csv_reader{"\n\na\n\n\nb\n"}) == "3:a;6:b;");
    BOOST_TEST(
        all_of(csv_reader{"\xEF\xBB\xBF"
                          "a,b"}) == "1:a|b;");
}

BOOST_AUTO_TEST_CASE(a_byte_order_mark_is_no_content_wherever_it_stands) {
    const std::string mark = "\xEF\xBB\xBF";
    const auto plain = all_of(csv_reader{"a,b\n1,\"x\"\"y\"\n2,z\n"});
    BOOST_TEST(all_of(csv_reader{mark + mark + "a,b\n1,\"x\"\"y\"\n2,z\n"}) == plain);
    BOOST_TEST(all_of(csv_reader{"a,b\n" + mark + "1,\"x\"\"y\"\n" + mark + "2,z\n" + mark}) == plain);
    BOOST_TEST(
        all_of(csv_reader{"a," + mark + "b\n1," + mark + "\"x\"\"" + mark + "y\"" + mark + "\n2,z" + mark + "\n"}) ==
        plain);
}

BOOST_AUTO_TEST_CASE(fields_may_be_empty) {
    BOOST_TEST(all_of(csv_reader{",\n,,\n\"\"\na,\n"}) == "1:|;2:||;3:;4:a|;");
}

BOOST_AUTO_TEST_CASE(quotes_hold_commas_quotes_and_lines) {
    BOOST_TEST(all_of(csv_reader{"\"a,b\",c\n"}) == "1:a,b|c;");
    BOOST_TEST(all_of(csv_reader{"\"say \"\"yes\"\"\",\"\"\"\"\n"}) == "1:say \"yes\"|\";");
    BOOST_TEST(all_of(csv_reader{"\"two\nlines\",x\ny\n"}) == "1:two\nlines|x;3:y;");
    BOOST_TEST(all_of(csv_reader{"\"a\""}) == "1:a;");
}

BOOST_AUTO_TEST_CASE(a_malformed_record_does_not_hide_the_next) {
    BOOST_TEST(all_of(csv_reader{"a\"b,c\nd\n"}) == "1!a quote stands inside a field that has none around it;2:d;");
    BOOST_TEST(all_of(csv_reader{"\"a\"b,c\nd\n"}) == "1!a closing quote is followed by more text;2:d;");
    BOOST_TEST(all_of(csv_reader{"x\n\"a,b\nd\n"}) == "1:x;2!a quote is not closed;3:d;");
    BOOST_TEST(all_of(csv_reader{"a\rb,c\n"}) == "1:a\rb|c;");
}

BOOST_AUTO_TEST_CASE(reading_goes_on_where_another_reader_stood) {
    const std::string text = "a,b\n\"c\nd\",e\nf,g\n";
    csv_reader first{text};
    first.next();
    first.next();
    BOOST_TEST(all_of(csv_reader{text, first.position(), first.next_line()}) == "4:f|g;");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::csv_test
