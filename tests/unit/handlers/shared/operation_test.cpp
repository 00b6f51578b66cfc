// What a handler takes of its route, as the router compares it at start-up.
#include "handlers/shared/operation.hpp"

#include <boost/test/unit_test.hpp>

namespace bursar::tests::operation_test {

namespace bursar::tests::operation_test {

namespace {

struct wish {
    std::string text;
};

constexpr auto describe_schema(const wish*) {
    using namespace server::schema;
    return object("Wish", "What is wished for.", field("text", &wish::text));
}

struct granting {
    db::client& database;
};

handlers::awaitable<handlers::response>
grant(handlers::request_context&, const granting&, server::uuid, const server::principal&, const wish&) {
    co_return handlers::response{};
}

handlers::awaitable<handlers::response> grant_all(handlers::request_context&, const granting&) {
    co_return handlers::response{};
}

} // namespace

BOOST_AUTO_TEST_SUITE(handlers_needs)

BOOST_AUTO_TEST_CASE(what_is_written_out_needs_what_its_function_names) {
    const auto one = handlers::written<&grant>::needs();
    BOOST_TEST(one.body == &server::schema::type_of<wish>());
    BOOST_TEST(one.caller);
    BOOST_REQUIRE(one.parameters.size() == 1U);
    BOOST_TEST(one.parameters.front() == &server::http::path_value<server::uuid>::form);
    BOOST_TEST(!one.transaction);

    const auto all = handlers::written<&grant_all>::needs();
    BOOST_TEST(all.body == nullptr);
    BOOST_TEST(all.parameters.empty());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::operation_test

} // namespace bursar::tests::operation_test
