#include "server/http/answer.hpp"
#include "tests/unit/middleware/exchange.hpp"

using namespace bursar;
using bursar::tests::exchange;
namespace http = bursar::server::http;

namespace {

http::response with_etag(std::string body = "{}") {
    http::response answer;
    answer.headers.add("Content-Type", "application/json");
    answer.headers.add("ETag", "\"7\"");
    answer.body = std::move(body);
    return answer;
}

bool says(const http::response& answer, std::string_view code) {
    return answer.body.find("\"code\":\"" + std::string{code} + "\"") != std::string::npos;
}

} // namespace

BOOST_AUTO_TEST_SUITE(request_identity)

BOOST_AUTO_TEST_CASE(takes_over_a_valid_id_and_makes_one_otherwise) {
    exchange e;
    e.headers.set("X-Request-Id", "abc-1");
    BOOST_TEST(e.run(middleware::request_identity({})).headers.find("X-Request-Id").value() == "abc-1");
    e.headers.set("X-Request-Id", "no spaces");
    BOOST_TEST(e.run(middleware::request_identity({})).headers.find("X-Request-Id").value().size() == 36U);
}

BOOST_AUTO_TEST_CASE(believes_only_listed_proxies) {
    const auto address = [](const char* text) { return boost::asio::ip::make_address(text); };
    exchange e;
    e.headers.set("X-Forwarded-For", "198.51.100.7, 203.0.113.9, 127.0.0.1");
    std::string client;
    e.look = [&](http::request_context& c) { client = c.client.to_string(); };
    e.run(middleware::request_identity({}));
    BOOST_TEST(client == "127.0.0.1");
    e.run(middleware::request_identity({address("127.0.0.1")}));
    BOOST_TEST(client == "203.0.113.9");
    e.run(middleware::request_identity({address("127.0.0.1"), address("203.0.113.9")}));
    BOOST_TEST(client == "198.51.100.7");
    e.headers.set("X-Forwarded-For", "198.51.100.7, rubbish");
    e.run(middleware::request_identity({address("127.0.0.1")}));
    BOOST_TEST(client == "127.0.0.1");
}

BOOST_AUTO_TEST_CASE(what_a_client_forwards_by_itself_stands_before_the_line_of_the_proxy) {
    const auto address = [](const char* text) { return boost::asio::ip::make_address(text); };
    exchange e;
    e.headers.insert("X-Forwarded-For", "192.0.2.66");
    e.headers.insert("Accept", "*/*");
    e.headers.insert("X-Forwarded-For", "198.51.100.7, ::ffff:203.0.113.9");
    std::string client;
    e.look = [&](http::request_context& c) { client = c.client.to_string(); };
    e.run(middleware::request_identity({address("127.0.0.1")}));
    BOOST_TEST(client == "203.0.113.9");
    e.run(middleware::request_identity({address("127.0.0.1"), address("203.0.113.9")}));
    BOOST_TEST(client == "198.51.100.7");
    e.run(middleware::request_identity({address("127.0.0.1"), address("203.0.113.9"), address("198.51.100.7")}));
    BOOST_TEST(client == "192.0.2.66");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(chain)

namespace {

// Writes down what it is asked, and answers by itself when told to.
class recorder final : public http::filter {
public:
    recorder(std::string name, std::string& seen, bool answers = false)
        : name_(std::move(name))
        , seen_(seen)
        , answers_(answers) {}

    std::optional<http::response> before(http::request_context&) override {
        seen_ += '>' + name_;
        return answers_ ? std::optional{http::no_content()} : std::nullopt;
    }
    void after(http::request_context&, http::response&) override { seen_ += '<' + name_; }

private:
    std::string name_;
    std::string& seen_;
    bool answers_;
};

class waiting_recorder final : public http::middleware {
public:
    explicit waiting_recorder(std::string& seen)
        : seen_(seen) {}

    server::awaitable<http::response> handle(http::request_context& context, http::next rest) override {
        seen_ += ">w";
        auto answer = co_await rest(context);
        seen_ += "<w";
        co_return answer;
    }

private:
    std::string& seen_;
};

} // namespace

BOOST_AUTO_TEST_CASE(a_request_passes_inwards_and_its_answer_outwards) {
    exchange e;
    std::string seen;
    e.answer = [&](http::request_context&) {
        seen += "!";
        return http::response{};
    };
    e.run(
        {std::make_shared<recorder>("a", seen), std::make_shared<recorder>("b", seen),
         std::make_shared<waiting_recorder>(seen), std::make_shared<recorder>("c", seen)});
    BOOST_TEST(seen == ">a>b>w>c!<c<w<b<a");
}

BOOST_AUTO_TEST_CASE(a_filter_that_answers_ends_the_request_there) {
    exchange e;
    std::string seen;
    const auto answer = e.run(
        {std::make_shared<recorder>("a", seen), std::make_shared<recorder>("b", seen, true),
         std::make_shared<recorder>("c", seen)});
    BOOST_TEST(answer.status == 204U);
    BOOST_TEST(seen == ">a>b<a");
}

BOOST_AUTO_TEST_CASE(an_exception_becomes_500_and_its_text_stays_inside) {
    exchange e;
    std::string seen;
    e.answer = [](http::request_context&) -> http::response { throw std::runtime_error("secret detail"); };
    std::string logged;
    e.look = [&](http::request_context& c) { logged = c.failure; };
    const auto answer = e.run({std::make_shared<recorder>("a", seen), std::make_shared<waiting_recorder>(seen)});
    BOOST_TEST(answer.status == 500U);
    BOOST_TEST(says(answer, "INTERNAL"));
    BOOST_TEST(answer.body.find("secret") == std::string::npos);
    BOOST_TEST(logged == "secret detail");
    BOOST_TEST(seen == ">a>w<a");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(load_shedding)

BOOST_AUTO_TEST_CASE(sheds_beyond_the_limit_but_never_probes) {
    prometheus::Registry registry;
    server::http_metrics metrics{registry};
    exchange e;
    const auto shed = e.run(middleware::load_shedding(metrics, 0));
    BOOST_TEST(shed.status == 503U);
    BOOST_TEST(says(shed, "OVERLOADED"));
    BOOST_TEST(shed.headers.find("Retry-After").value() == "1");
    BOOST_TEST(metrics.shed().Value() == 1.0);
    BOOST_TEST(e.run(middleware::load_shedding(metrics, 1)).status == 200U);
    BOOST_TEST(metrics.in_flight().Value() == 0.0);
    e.answer = [](http::request_context&) -> http::response { throw std::runtime_error("broken"); };
    BOOST_TEST(e.run(middleware::load_shedding(metrics, 1)).status == 500U);
    BOOST_TEST(metrics.in_flight().Value() == 0.0);
    e.answer = [](http::request_context&) { return http::response{}; };
    e.route.quiet = true;
    BOOST_TEST(e.run(middleware::load_shedding(metrics, 0)).status == 200U);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(cors)

BOOST_AUTO_TEST_CASE(answers_exact_origins_only) {
    exchange e;
    e.headers.set("Origin", "https://app.example.com");
    const auto answer = e.run(middleware::cors({"https://app.example.com"}));
    BOOST_TEST(answer.headers.find("Access-Control-Allow-Origin").value() == "https://app.example.com");
    BOOST_TEST(answer.headers.contains("Access-Control-Expose-Headers"));
    e.headers.set("Origin", "https://app.example.com.evil.test");
    BOOST_TEST(!e.run(middleware::cors({"https://app.example.com"})).headers.contains("Access-Control-Allow-Origin"));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(security_headers)

BOOST_AUTO_TEST_CASE(are_on_every_answer_and_leave_a_page_its_policy) {
    exchange e;
    const auto plain = e.run(middleware::security_headers());
    BOOST_TEST(plain.headers.find("X-Content-Type-Options").value() == "nosniff");
    BOOST_TEST(plain.headers.find("Content-Security-Policy").value() == "default-src 'none'; frame-ancestors 'none'");
    BOOST_TEST(plain.headers.find("Cache-Control").value() == "no-store");
    BOOST_TEST(!plain.headers.contains("Strict-Transport-Security"));
    e.secure = true;
    e.answer = [](http::request_context&) {
        http::response page;
        page.headers.add("Content-Security-Policy", "default-src 'self'");
        return page;
    };
    const auto page = e.run(middleware::security_headers());
    BOOST_TEST(page.headers.find("Content-Security-Policy").value() == "default-src 'self'");
    BOOST_TEST(page.headers.contains("Strict-Transport-Security"));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(authorization)

BOOST_AUTO_TEST_CASE(asks_for_the_permission_of_the_route) {
    exchange e;
    e.route.access = server::permission::tickets_write;
    e.caller = server::principal{};
    e.caller->permissions.set(static_cast<std::size_t>(server::permission::tickets_read));
    const auto refused = e.run(middleware::authorization());
    BOOST_TEST(refused.status == 403U);
    BOOST_TEST(says(refused, "PERMISSION_DENIED"));
    e.caller->permissions.set(static_cast<std::size_t>(server::permission::tickets_write));
    BOOST_TEST(e.run(middleware::authorization()).status == 200U);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(negotiation)

BOOST_AUTO_TEST_CASE(refuses_only_what_cannot_be_served) {
    exchange e;
    for (const auto* accept : {"*/*", "application/json", "application/*;q=0.1", "application/problem+json"}) {
        e.headers.set(http::field::accept, accept);
        BOOST_TEST(e.run(middleware::negotiation()).status == 200U, accept);
    }
    for (const auto* accept : {"text/html", "application/json;q=0", "application/xml, text/*"}) {
        e.headers.set(http::field::accept, accept);
        BOOST_TEST(e.run(middleware::negotiation()).status == 406U, accept);
    }
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
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(conditional)

BOOST_AUTO_TEST_CASE(an_unchanged_resource_is_304_without_a_body) {
    exchange e;
    e.route.access = server::permission::tickets_read;
    e.answer = [](http::request_context&) { return with_etag(); };
    for (const auto* tag : {"\"7\"", "W/\"7\"", "\"6\", \"7\"", "*", "\"7-gzip\""}) {
        e.headers.set(http::field::if_none_match, tag);
        const auto answer = e.run(middleware::conditional());
        BOOST_TEST(answer.status == 304U, tag);
        BOOST_TEST(answer.body.empty());
        BOOST_TEST(answer.headers.find("ETag").value() == "\"7\"");
        BOOST_TEST(answer.headers.find("Cache-Control").value() == "private, no-cache");
        BOOST_TEST(answer.headers.find("Vary").value() == "Authorization");
    }
    e.headers.set(http::field::if_none_match, "\"8\"");
    BOOST_TEST(e.run(middleware::conditional()).status == 200U);
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

BOOST_AUTO_TEST_SUITE(validation)

namespace {

server::result<> keep_text(http::request_context& context, std::string_view text) {
    if (text == "bad")
        return server::error{server::errc::validation_failed, {{"/x", "is wrong"}, {"/y", "is wrong too"}}};
    context.state.emplace<std::string>(text);
    return {};
}

} // namespace

BOOST_AUTO_TEST_CASE(a_body_must_be_json_and_fit) {
    exchange e;
    e.route.method = http::verb::post;
    e.route.body = {nullptr, keep_text};
    e.route.body_limit = 10;
    e.body = "{}";
    BOOST_TEST(e.run(middleware::validation(e.pool)).status == 415U);
    e.headers.set(http::field::content_type, "application/json; charset=utf-8");
    BOOST_TEST(e.run(middleware::validation(e.pool)).status == 200U);
    e.headers.set(http::field::content_encoding, "gzip");
    BOOST_TEST(e.run(middleware::validation(e.pool)).status == 415U);
    e.headers.erase(http::field::content_encoding);
    e.body = std::string(11, ' ');
    BOOST_TEST(e.run(middleware::validation(e.pool)).status == 413U);
    e.body = "bad";
    const auto answer = e.run(middleware::validation(e.pool));
    BOOST_TEST(answer.status == 422U);
    BOOST_TEST(
        answer.body.find(R"("fields":[{"pointer":"/x","message":"is wrong"},{"pointer":"/y")") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_long_body_is_parsed_on_a_thread) {
    exchange e;
    e.route.method = http::verb::post;
    e.route.access = http::signed_in{};
    e.route.body = {nullptr, keep_text};
    e.route.body_limit = 200'000;
    e.headers.set(http::field::content_type, "application/json");
    e.body = std::string(100'000, 'x');
    std::size_t parsed = 0;
    e.look = [&](http::request_context& c) { parsed = c.state.find<std::string>()->size(); };
    BOOST_TEST(e.run(middleware::validation(e.pool)).status == 200U);
    BOOST_TEST(parsed == 100'000U);
}

BOOST_AUTO_TEST_CASE(what_a_route_does_not_declare_it_does_not_take) {
    exchange e;
    e.query = "color=red";
    const auto answer = e.run(middleware::validation(e.pool));
    BOOST_TEST(answer.status == 422U);
    BOOST_TEST(answer.body.find("color") != std::string::npos);
    e.query.clear();
    e.route.method = http::verb::post;
    e.body = "{}";
    BOOST_TEST(e.run(middleware::validation(e.pool)).status == 400U);
}

BOOST_AUTO_TEST_SUITE_END()
