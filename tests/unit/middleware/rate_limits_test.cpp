// Where the rate limits stand in a request's way, whom they charge, and what the client is told.
#include "server/http/answer.hpp"
#include "tests/unit/middleware/exchange.hpp"

namespace bursar::tests::rate_limits_test {

namespace http = bursar::server::http;
using server::rate_limits::limiter;
using server::rate_limits::policy_set;

namespace {

policy_set policies(std::uint32_t standard, std::uint32_t address = 0) {
    policy_set out;
    out.standard.of.limit = standard;
    out.expensive.of.limit = 2;
    out.login.of.limit = 3;
    out.address.of.limit = address;
    out.tenant.of.limit = 0;
    out.network.of.limit = 0;
    return out;
}

server::principal somebody() {
    server::principal out;
    out.org = server::uuid::v7();
    out.id = server::uuid::v7();
    return out;
}

std::string header(const http::response& answer, std::string_view name) {
    return std::string{answer.headers.find(name).value_or("")};
}

// A client on a route that needs one, and both places of the limits.
struct limited {
    explicit limited(policy_set with)
        : limits(request.loop, with, std::nullopt, registry) {
        request.route.access = http::signed_in{};
        request.caller = somebody();
    }

    http::response ask() {
        return request.run({middleware::address_rate_limit(limits), middleware::principal_rate_limits(limits)});
    }
    // How many of so many are let through.
    int let_through(int of) {
        int count = 0;
        for (int i = 0; i < of; ++i)
            count += ask().status == 200 ? 1 : 0;
        return count;
    }

    exchange request;
    prometheus::Registry registry;
    limiter limits;
};

} // namespace

BOOST_AUTO_TEST_SUITE(rate_limit_steps)

BOOST_AUTO_TEST_CASE(every_answer_tells_of_the_budget_and_a_refusal_when_to_come_back) {
    limited e{policies(2)};
    const auto first = e.ask();
    BOOST_TEST(header(first, "RateLimit-Policy") == "\"default\";q=2;w=60");
    BOOST_TEST(header(first, "RateLimit") == "\"default\";r=1;t=30");
    BOOST_TEST(!first.headers.contains("Retry-After"));
    e.request.answer = [](http::request_context& context) { return http::problem(context, server::errc::not_found); };
    BOOST_TEST(header(e.ask(), "RateLimit") == "\"default\";r=0;t=60");
    const auto refusal = e.ask();
    BOOST_TEST(refusal.status == 429U);
    BOOST_TEST(refusal.body.find("\"RATE_LIMITED\"") != std::string::npos);
    BOOST_TEST(
        refusal.body.find(R"("message":"Too many requests: the budget \"default\" of 2 in 60 seconds is spent. It is )"
                          R"(changed by BURSAR_RATE_LIMIT.")") != std::string::npos,
        refusal.body);
    BOOST_TEST(header(refusal, "RateLimit-Policy") == "\"default\";q=2;w=60");
    BOOST_TEST(header(refusal, "RateLimit") == "\"default\";r=0;t=30");
    BOOST_TEST(header(refusal, "Retry-After") == "30");
    BOOST_TEST(refusal.headers.lines().find("RateLimit:") == refusal.headers.lines().rfind("RateLimit:"));
}

BOOST_AUTO_TEST_CASE(a_principal_has_its_own_budget_and_its_own_limit) {
    limited e{policies(2)};
    BOOST_TEST(e.let_through(4) == 2);
    e.request.caller = somebody();
    BOOST_TEST(e.let_through(4) == 2);
    e.request.caller = somebody();
    e.request.caller->rate_limit = 3;
    BOOST_TEST(e.let_through(5) == 3);
    const auto refusal = e.ask();
    BOOST_TEST(header(refusal, "RateLimit-Policy") == "\"default\";q=3;w=60");
    BOOST_TEST(refusal.body.find("the key's own rate_limit") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(without_a_limit_of_its_own_a_principal_is_charged_nowhere) {
    auto with = policies(2);
    with.tenant.of.limit = 2;
    limited e{with};
    e.request.caller->rate_limit = 0;
    const auto org = e.request.caller->org;
    e.request.route.rate = http::rate_class::expensive;
    BOOST_TEST(e.let_through(5) == 5);
    e.request.route.rate = http::rate_class::standard;
    BOOST_TEST(e.let_through(5) == 5);
    BOOST_TEST(header(e.ask(), "RateLimit").empty());
    e.request.caller = somebody();
    e.request.caller->org = org; // of which nothing is spent
    BOOST_TEST(e.let_through(5) == 2);
}

BOOST_AUTO_TEST_CASE(expensive_routes_have_a_budget_apart) {
    limited e{policies(100)};
    e.request.route.rate = http::rate_class::expensive;
    BOOST_TEST(e.let_through(5) == 2);
    BOOST_TEST(header(e.ask(), "RateLimit-Policy") == "\"expensive\";q=2;w=60");
    e.request.route.rate = http::rate_class::standard;
    BOOST_TEST(e.let_through(5) == 5);
}

BOOST_AUTO_TEST_CASE(what_is_asked_for_whole_costs_more_than_a_page) {
    limited e{policies(100)};
    e.request.route.rate_of_other_forms = http::rate_class::expensive;
    e.request.route.answers = {
        {.status = 200, .description = "A page."}, {.status = 200, .description = "All.", .media_type = "text/csv"}};
    for (const auto* accept : {"text/csv", "text/csv, application/json;q=0.5"}) {
        e.request.caller = somebody();
        e.request.headers.set(http::field::accept, accept);
        BOOST_TEST(e.let_through(5) == 2, accept);
    }
    for (const auto* accept : {"*/*", "application/json", "application/json, text/csv;q=0.5"}) {
        e.request.headers.set(http::field::accept, accept);
        BOOST_TEST(e.let_through(5) == 5, accept);
    }
}

BOOST_AUTO_TEST_CASE(an_organization_has_a_budget_for_all_its_principals) {
    auto with = policies(3);
    with.tenant.of.limit = 4;
    limited e{with};
    BOOST_TEST(e.let_through(5) == 3);
    const auto org = e.request.caller->org;
    e.request.caller = somebody();
    e.request.caller->org = org;
    BOOST_TEST(e.let_through(5) == 1);
    const auto refusal = e.ask();
    BOOST_TEST(header(refusal, "RateLimit-Policy") == "\"tenant\";q=4;w=60");
    e.request.caller = somebody();
    BOOST_TEST(e.let_through(1) == 1);
}

BOOST_AUTO_TEST_CASE(an_address_is_refused_before_anybody_asks_who_it_is) {
    limited e{policies(100, 3)};
    e.request.route.access = http::anyone{};
    BOOST_TEST(e.let_through(5) == 3);
    const auto refusal = e.ask();
    BOOST_TEST(header(refusal, "RateLimit-Policy") == "\"address\";q=3;w=60");
    BOOST_TEST(header(refusal, "Retry-After") == "20");
    e.request.route.access = http::signed_in{};
    BOOST_TEST(e.ask().status == 429U);
    e.request.route.rate = http::rate_class::unlimited; // a probe
    BOOST_TEST(e.let_through(5) == 5);
}

// Who has a /48 has 65,536 times a /64.
BOOST_AUTO_TEST_CASE(an_ipv6_client_is_charged_to_its_network_as_well) {
    auto with = policies(100, 3);
    with.network.of.limit = 5;
    limited e{with};
    e.request.route.access = http::anyone{};
    const auto ask_from = [&](const char* client) {
        e.request.peer = boost::asio::ip::make_address(client);
        return e.request.run({middleware::request_id({}), middleware::address_rate_limit(e.limits)});
    };
    for (const auto* client : {"2001:db8:1:1::1", "2001:db8:1:1::2", "2001:db8:1:1::3", "2001:db8:1:2::1"})
        BOOST_TEST(ask_from(client).status == 200U, client);
    BOOST_TEST(header(ask_from("2001:db8:1:1::4"), "RateLimit-Policy") == "\"address\";q=3;w=60");
    BOOST_TEST(ask_from("2001:db8:1:3::1").status == 200U);
    const auto refusal = ask_from("2001:db8:1:4::1");
    BOOST_TEST(refusal.status == 429U);
    BOOST_TEST(header(refusal, "RateLimit-Policy") == "\"network\";q=5;w=60");
    BOOST_TEST(refusal.body.find("BURSAR_RATE_LIMIT_NETWORK") != std::string::npos);
    BOOST_TEST(ask_from("2001:db8:2:1::1").status == 200U);
    BOOST_TEST(ask_from("192.0.2.1").status == 200U);
}

BOOST_AUTO_TEST_CASE(sign_ins_of_an_ipv6_network_are_four_times_those_of_a_subnet) {
    auto with = policies(100);
    with.limit_logins(1);
    limited e{with};
    e.request.route.access = http::anyone{};
    e.request.route.rate = http::rate_class::login;
    int allowed = 0;
    for (int i = 1; i <= 9; ++i) {
        e.request.peer = boost::asio::ip::make_address("2001:db8:1:" + std::to_string(i) + "::1");
        allowed += e.request.run({middleware::request_id({}), middleware::address_rate_limit(e.limits)}).status == 200;
    }
    BOOST_TEST(allowed == 4);
}

BOOST_AUTO_TEST_CASE(sign_ins_are_counted_by_address_over_a_quarter_of_an_hour) {
    limited e{policies(100, 1'000)};
    e.request.route.access = http::anyone{};
    e.request.route.rate = http::rate_class::login;
    BOOST_TEST(e.let_through(5) == 3);
    const auto refusal = e.ask();
    BOOST_TEST(header(refusal, "RateLimit-Policy") == "\"login\";q=3;w=900");
    BOOST_TEST(header(refusal, "Retry-After") == "300");
    e.request.route.rate = http::rate_class::standard;
    BOOST_TEST(e.ask().status == 200U);
}

BOOST_AUTO_TEST_CASE(a_handler_charges_an_account_by_itself) {
    namespace limits = server::rate_limits;
    limited e{policies(100)};
    int allowed = 0;
    e.request.route.access = http::anyone{};
    const auto& login = e.limits.policies().login;
    for (int i = 0; i < 5; ++i) {
        std::optional<limits::budget> made;
        server::asio::co_spawn(
            e.request.loop, e.limits.take(limits::by_name(limits::scope::login_account, "ada@example.com"), login),
            [&](std::exception_ptr, limits::budget left) { made = left; });
        e.request.loop.restart();
        e.request.loop.run();
        allowed += made->allowed() ? 1 : 0;
    }
    BOOST_TEST(allowed == 3);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::rate_limits_test
