// What form an answer comes in, and whether it comes at all: Accept, Accept-Encoding, conditions.
#include "server/http/answer.hpp"
#include "tests/unit/middleware/exchange.hpp"

namespace bursar::tests::representation_test {

namespace http = bursar::server::http;

namespace {

http::response with_etag(std::string body = "{}") {
    http::response answer;
    answer.headers.add("Content-Type", "application/json");
    answer.headers.add("ETag", "\"7\"");
    answer.body = std::move(body);
    return answer;
}

} // namespace

BOOST_AUTO_TEST_SUITE(negotiation)

BOOST_AUTO_TEST_CASE(refuses_only_what_cannot_be_served) {
    exchange e;
    for (const auto* accept : {"*/*", "application/json", "application/*;q=0.1", "application/problem+json"}) {
        e.headers.set(http::field::accept, accept);
        BOOST_TEST(e.run(middleware::negotiation()).status == 200U, accept);
    }
    for (const auto* accept :
         {"text/html", "application/json;q=0", "application/xml, text/*", "application/json;q=0, */*",
          "application/json;q=0, application/problem+json", "application/*;q=0, */*"}) {
        e.headers.set(http::field::accept, accept);
        BOOST_TEST(e.run(middleware::negotiation()).status == 406U, accept);
    }
    e.headers.erase(http::field::accept);
    e.headers.set(http::field::accept_encoding, "identity;q=0, gzip");
    BOOST_TEST(e.run(middleware::negotiation()).status == 200U);
    e.headers.set(http::field::accept_encoding, "identity;q=0, br");
    BOOST_TEST(e.run(middleware::negotiation()).status == 406U);
}

BOOST_AUTO_TEST_CASE(finds_what_the_client_likes_best) {
    exchange e;
    e.route.answers = {
        {.description = "JSON"},
        {.description = "CSV", .media_type = "text/csv"},
        {.description = "HTML", .media_type = "text/html"},
        {.status = 404, .description = "None", .media_type = "text/plain", .failure = server::errc::not_found}};
    std::string chosen;
    e.look = [&](http::request_context& c) { chosen = c.media_type; };
    const auto choice = [&](std::string_view accept) {
        chosen.clear();
        if (accept.empty())
            e.headers.erase(http::field::accept);
        else
            e.headers.set(http::field::accept, accept);
        const auto answer = e.run(middleware::negotiation());
        BOOST_TEST(answer.headers.find("Vary").value_or("") == (answer.status == 200U ? "Accept" : ""), accept);
        return answer.status == 200U ? chosen : std::to_string(answer.status);
    };
    BOOST_TEST(choice("") == "application/json");
    BOOST_TEST(choice("*/*") == "application/json");
    BOOST_TEST(choice("text/csv") == "text/csv");
    BOOST_TEST(choice("text/*") == "text/csv");
    BOOST_TEST(choice("application/json;q=0.3, text/csv;q=0.4") == "text/csv");
    BOOST_TEST(choice("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8") == "text/html");
    BOOST_TEST(choice("*/*, text/html") == "text/html");
    BOOST_TEST(choice("*/*, application/json;q=0") == "text/csv");
    BOOST_TEST(choice("application/problem+json") == "application/json");
    BOOST_TEST(choice("text/plain") == "406");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(compression)

BOOST_AUTO_TEST_CASE(packs_what_is_large_for_those_who_take_it) {
    exchange e;
    server::thread_pool pool{e.loop, 1, 8};
    for (const std::size_t size : {2'000U, 100'000U}) {
        e.answer = [size](http::request_context&) { return with_etag(std::string(size, 'a')); };
        const auto whole = e.run(middleware::compression(pool));
        BOOST_TEST(whole.body.size() == size);
        BOOST_TEST(whole.headers.find("Vary").value() == "Accept-Encoding");
        e.headers.set(http::field::accept_encoding, "gzip");
        const auto packed = e.run(middleware::compression(pool));
        BOOST_TEST(packed.body.size() < size);
        BOOST_TEST(packed.body.substr(0, 2) == "\x1f\x8b");
        BOOST_TEST(packed.headers.find("Content-Encoding").value() == "gzip");
        BOOST_TEST(packed.headers.find("ETag").value() == "\"7-gzip\"");
        e.headers.erase(http::field::accept_encoding);
    }
    e.headers.set(http::field::accept_encoding, "gzip");
    e.answer = [](http::request_context&) { return with_etag(); };
    BOOST_TEST(!e.run(middleware::compression(pool)).headers.contains("Content-Encoding"));
    // Who refuses it as it is gets the smallest body packed as well; there is nothing to pack in none.
    e.headers.set(http::field::accept_encoding, "gzip, identity;q=0");
    BOOST_TEST(e.run(middleware::compression(pool)).headers.find("Content-Encoding").value() == "gzip");
    e.answer = [](http::request_context&) { return http::no_content(); };
    BOOST_TEST(!e.run(middleware::compression(pool)).headers.contains("Content-Encoding"));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(conditional)

BOOST_AUTO_TEST_CASE(an_unchanged_resource_is_304_without_a_body) {
    exchange e;
    e.route.access = server::permission::tickets_read;
    e.answer = [](http::request_context&) { return with_etag(); };
    for (const auto* tag : {"\"7\"", "W/\"7\"", "\"6\", \"7\"", "*"}) {
        e.headers.set(http::field::if_none_match, tag);
        const auto answer = e.run(middleware::conditional());
        BOOST_TEST(answer.status == 304U, tag);
        BOOST_TEST(answer.body.empty());
        BOOST_TEST(answer.headers.find("ETag").value() == "\"7\"");
        BOOST_TEST(answer.headers.find("Cache-Control").value() == "private, no-cache");
        BOOST_TEST(answer.headers.find("Vary").value() == "Authorization");
    }
    for (const auto* other : {"\"8\"", "\"7-gzip\""}) {
        e.headers.set(http::field::if_none_match, other);
        BOOST_TEST(e.run(middleware::conditional()).status == 200U, other);
    }
}

// RFC 9110 section 15.4.5.
BOOST_AUTO_TEST_CASE(a_304_has_the_validator_and_the_vary_of_its_200) {
    exchange e;
    e.answer = [](http::request_context&) { return with_etag(std::string(2'000, 'a')); };
    const auto ask = [&] { return e.run({middleware::conditional(), middleware::compression(e.pool)}); };
    for (const auto* accepts : {"gzip", "identity"}) {
        e.headers.set(http::field::accept_encoding, accepts);
        e.headers.erase(http::field::if_none_match);
        const auto whole = ask();
        const auto tag = std::string{whole.headers.find("ETag").value()};
        e.headers.set(http::field::if_none_match, tag);
        const auto unchanged = ask();
        BOOST_TEST(unchanged.status == 304U, accepts);
        BOOST_TEST(unchanged.body.empty());
        BOOST_TEST(unchanged.headers.find("ETag").value() == tag);
        BOOST_TEST(unchanged.headers.find("Vary").value() == "Accept-Encoding");
        BOOST_TEST(!unchanged.headers.contains("Content-Encoding"));
        // The bytes of the other form are others.
        e.headers.set(http::field::accept_encoding, *accepts == 'g' ? "identity" : "gzip");
        BOOST_TEST(ask().status == 200U, accepts);
    }
}

BOOST_AUTO_TEST_CASE(what_is_read_can_be_asked_to_be_what_was_seen) {
    exchange e;
    const auto status = [&](const char* if_match) {
        e.headers.set(http::field::if_match, if_match);
        return e.run(middleware::conditional()).status;
    };
    e.answer = [](http::request_context&) { return with_etag(); };
    for (const auto* same : {"\"7\"", "*", "\"6\", \"7-gzip\""})
        BOOST_TEST(status(same) == 200U, same);
    for (const auto* other : {"\"8\"", "W/\"7\"", "7"})
        BOOST_TEST(status(other) == 412U, other);
    e.headers.set(http::field::if_none_match, "\"7\"");
    BOOST_TEST(status("\"8\"") == 412U); // before If-None-Match (RFC 9110 section 13.2.2)
    BOOST_TEST(status("\"7\"") == 304U);
    e.answer = [](http::request_context&) { return http::response{}; }; // without a tag none can match
    BOOST_TEST(status("\"7\"") == 412U);
    BOOST_TEST(status("*") == 200U);
    e.answer = [](http::request_context& c) { return http::problem(c, server::errc::not_found); };
    BOOST_TEST(status("\"7\"") == 404U);
}

BOOST_AUTO_TEST_CASE(a_write_leaves_alone_what_if_none_match_names) {
    exchange e;
    e.route.method = http::verb::patch;
    e.route.condition = http::precondition::if_match;
    http::if_match seen;
    e.look = [&](http::request_context& c) { seen = c.condition; };
    e.headers.set(http::field::if_match, "\"7\", \"8\", \"9\"");
    e.headers.set(http::field::if_none_match, "W/\"8\", \"9-gzip\"");
    e.run(middleware::conditional());
    BOOST_TEST(seen.tags == (std::vector<std::string>{"7"}), boost::test_tools::per_element());
    e.headers.set(http::field::if_match, "*");
    e.headers.set(http::field::if_none_match, "*");
    e.run(middleware::conditional());
    BOOST_TEST(!seen.any);
    BOOST_TEST(seen.tags.empty());
    // Whether the one that is there is among them is not known before it is written to.
    e.headers.set(http::field::if_none_match, "W/\"8\"");
    BOOST_TEST(e.run(middleware::conditional()).status == 412U);
    e.headers.set(http::field::if_none_match, "8");
    BOOST_TEST(says(e.run(middleware::conditional()), "MALFORMED_REQUEST"));
}

// RFC 9110 section 13.1: a method is not performed when its condition is false.
BOOST_AUTO_TEST_CASE(what_has_no_version_is_not_written_to_under_a_condition) {
    for (const unsigned status : {200U, 201U, 204U}) {
        exchange e;
        e.route.method = http::verb::post;
        e.route.answers = {{.status = status, .description = "Done"}};
        const auto ask = [&](const char* if_match, const char* if_none_match) {
            e.headers.clear();
            if (if_match != nullptr)
                e.headers.set(http::field::if_match, if_match);
            if (if_none_match != nullptr)
                e.headers.set(http::field::if_none_match, if_none_match);
            return e.run(middleware::conditional()).status;
        };
        BOOST_TEST(ask(nullptr, nullptr) == 200U);
        BOOST_TEST(ask("*", nullptr) == 200U);
        BOOST_TEST(ask("\"7\"", nullptr) == 412U);
        BOOST_TEST(ask("W/\"7\"", nullptr) == 412U);
        BOOST_TEST(ask("7", nullptr) == 400U);
        BOOST_TEST(ask(nullptr, "\"7\"") == 200U);
        BOOST_TEST(ask(nullptr, "*") == 412U);
        BOOST_TEST(ask(nullptr, "7") == 400U);
    }
}

BOOST_AUTO_TEST_CASE(an_update_says_what_it_has_seen) {
    exchange e;
    e.route.method = http::verb::patch;
    e.route.condition = http::precondition::if_match;
    const auto missing = e.run(middleware::conditional());
    BOOST_TEST(missing.status == 428U);
    BOOST_TEST(says(missing, "PRECONDITION_REQUIRED"));
    e.headers.set(http::field::if_match, "7");
    BOOST_TEST(e.run(middleware::conditional()).status == 400U);

    http::if_match seen;
    e.look = [&](http::request_context& c) { seen = c.condition; };
    e.headers.set(http::field::if_match, "\"7-gzip\", W/\"8\", \"9\"");
    BOOST_TEST(e.run(middleware::conditional()).status == 200U);
    BOOST_TEST(seen.tags == (std::vector<std::string>{"7", "9"}), boost::test_tools::per_element());
    e.headers.set(http::field::if_match, "*");
    e.run(middleware::conditional());
    BOOST_TEST(seen.any);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::representation_test
