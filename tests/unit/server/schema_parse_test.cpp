#include "desk_types.hpp"

#include <boost/test/unit_test.hpp>

using namespace bursar::server;

namespace {

std::string faults_of(const error& e) {
    std::string out;
    for (const auto& f : e.fields)
        out += f.pointer + " " + f.message + "\n";
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(schema_parse)

BOOST_AUTO_TEST_CASE(reads_a_whole_body) {
    const auto read = schema::parse<desk::create_ticket>(
        R"({"subject":"Card declined","description":"Twice\nsince noon","priority":"high",)"
        R"("customer_id":"0190fd3a-1c2b-7d4e-8f90-123456789abc",)"
        R"("subject_resource":{"type":"transfer","id":"0190fd3a-1c2b-7d4e-8f90-123456789abd"}})");
    BOOST_REQUIRE(read.has_value());
    BOOST_TEST(read->subject == "Card declined");
    BOOST_TEST((read->priority == desk::ticket_priority::high));
    BOOST_REQUIRE(read->subject_resource.has_value());
    BOOST_TEST(read->subject_resource->type == "transfer");
    std::string out;
    schema::render(out, *read);
    BOOST_TEST(
        out == R"({"subject":"Card declined","description":"Twice\nsince noon","priority":"high",)"
               R"("customer_id":"0190fd3a-1c2b-7d4e-8f90-123456789abc",)"
               R"("subject_resource":{"type":"transfer","id":"0190fd3a-1c2b-7d4e-8f90-123456789abd"}})");
}

BOOST_AUTO_TEST_CASE(names_every_fault_of_a_body_at_once) {
    const auto read = schema::parse<desk::create_ticket>(
        R"({"subject":"","priority":"urgent","customer_id":"7","colour":1,"subject_resource":{"type":"7"}})");
    BOOST_REQUIRE(read.has_error());
    BOOST_TEST((read.error().code == errc::validation_failed));
    BOOST_TEST(
        faults_of(read.error()) == "/subject must be 1 to 200 characters long\n"
                                   "/priority must be one of low, medium, high, critical\n"
                                   "/customer_id must be a UUID\n"
                                   "/colour is not a known field\n"
                                   "/subject_resource/type must be a letter followed by letters, digits, '.', '_' or "
                                   "'-'\n"
                                   "/subject_resource/id is required\n"
                                   "/description is required\n");
}

BOOST_AUTO_TEST_SUITE_END()
