#include "server/http/answer.hpp"
#include "server/http/request_key.hpp"
#include "tests/unit/middleware/exchange.hpp"

#include <thread>

namespace bursar::tests::steps_test {

namespace http = bursar::server::http;

BOOST_AUTO_TEST_SUITE(request_id)

BOOST_AUTO_TEST_CASE(takes_over_a_valid_id_and_makes_one_otherwise) {
    exchange e;
    e.headers.set("X-Request-Id", "abc-1");
    BOOST_TEST(e.run(middleware::request_id({})).headers.find("X-Request-Id").value() == "abc-1");
    e.headers.set("X-Request-Id", "no spaces");
    BOOST_TEST(e.run(middleware::request_id({})).headers.find("X-Request-Id").value().size() == 36U);
}

BOOST_AUTO_TEST_CASE(believes_only_listed_proxies) {
    const auto behind = [](std::vector<const char*> proxies) {
        http::proxy_settings out;
        for (const auto* each : proxies)
            out.trusted.push_back(http::network::parse(each).value());
        return middleware::request_id(out);
    };
    exchange e;
    e.headers.set("X-Forwarded-For", "198.51.100.7, 203.0.113.9, 127.0.0.1");
    std::string client;
    e.look = [&](http::request_context& c) { client = c.client.to_string(); };
    e.run(behind({}));
    BOOST_TEST(client == "127.0.0.1");
    e.run(behind({"127.0.0.0/8"}));
    BOOST_TEST(client == "203.0.113.9");
    e.run(behind({"127.0.0.1", "203.0.113.0/24"}));
    BOOST_TEST(client == "198.51.100.7");
    e.headers.set("X-Forwarded-For", "198.51.100.7, rubbish");
    e.run(behind({"127.0.0.1"}));
    BOOST_TEST(client == "127.0.0.1");
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
    server::http::request_metrics metrics{registry};
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

BOOST_AUTO_TEST_CASE(shows_a_page_what_it_has_to_know) {
    exchange e;
    e.headers.set("Origin", "https://app.example.com");
    const auto plain = e.run(middleware::cors({"https://app.example.com"}));
    BOOST_TEST(
        plain.headers.find("Access-Control-Expose-Headers").value().find("WWW-Authenticate") != std::string::npos);
    BOOST_TEST(!plain.headers.contains("Access-Control-Allow-Credentials"));
    const auto with = middleware::cors({"https://app.example.com"}, true);
    BOOST_TEST(e.run(with).headers.find("Access-Control-Allow-Credentials").value() == "true");
    e.headers.set("Origin", "https://other.example.com");
    BOOST_TEST(!e.run(with).headers.contains("Access-Control-Allow-Credentials"));
}

BOOST_AUTO_TEST_CASE(a_preflight_is_granted_where_there_is_nothing_so_that_the_page_sees_that) {
    exchange e;
    e.headers.set("Origin", "https://app.example.com");
    e.headers.set("Access-Control-Request-Method", "DELETE");
    e.route.method = http::verb::options;
    e.answer = [](http::request_context& context) { return http::problem(context, server::errc::not_found); };
    const auto granted = e.run(middleware::cors({"https://app.example.com"}));
    BOOST_TEST(granted.status == 204U);
    BOOST_TEST(granted.body.empty());
    BOOST_TEST(!granted.headers.contains("Content-Type"));
    BOOST_TEST(granted.headers.find("Access-Control-Allow-Methods").value() == "DELETE");
    const auto allowed = granted.headers.find("Access-Control-Allow-Headers").value();
    for (const auto* each : {"tracestate", "X-Requested-With", "X-Idempotency-Key", "Authorization"})
        BOOST_TEST(allowed.find(each) != std::string::npos, each);
    e.headers.set("Origin", "https://other.example.com");
    BOOST_TEST(e.run(middleware::cors({"https://app.example.com"})).status == 404U);
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
    BOOST_TEST(e.run(middleware::validation(e.pool)).headers.find("Accept").value() == "application/json");
    e.headers.set(http::field::content_type, "application/json; charset=utf-8");
    BOOST_TEST(e.run(middleware::validation(e.pool)).status == 200U);
    e.headers.set(http::field::content_encoding, "identity, gzip");
    const auto packed = e.run(middleware::validation(e.pool));
    BOOST_TEST(packed.status == 415U);
    BOOST_TEST(packed.headers.find("Accept-Encoding").value() == "identity"); // RFC 9110 section 15.5.16
    BOOST_TEST(!packed.headers.contains("Accept"));
    e.headers.set(http::field::content_encoding, "identity, identity");
    BOOST_TEST(e.run(middleware::validation(e.pool)).status == 200U);
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
    for (const auto* nothing : {"{}", " { }\r\n"}) {
        e.body = nothing;
        BOOST_TEST(e.run(middleware::validation(e.pool)).status == 200U, nothing);
    }
    for (const auto& [something, status] : std::vector<std::pair<std::string, unsigned>>{
             {R"({"a":1})", 422}, {"[]", 422}, {"null", 422}, {"{", 400}, {"x", 400}, {std::string(5'000, ' '), 413}}) {
        e.body = something;
        BOOST_TEST(e.run(middleware::validation(e.pool)).status == status, something);
    }
    e.body = R"({"reason":"x"})";
    BOOST_TEST(e.run(middleware::validation(e.pool)).body.find(R"({"pointer":"/reason",)") != std::string::npos);
    e.body = "{}";
    e.headers.set(http::field::content_type, "text/plain");
    BOOST_TEST(e.run(middleware::validation(e.pool)).status == 415U);
    e.headers.set(http::field::content_type, "application/json");
    e.headers.set(http::field::content_encoding, "gzip");
    const auto packed = e.run(middleware::validation(e.pool));
    BOOST_TEST(packed.status == 415U);
    BOOST_TEST(packed.body.find("Content-Encoding") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(request_key)

BOOST_AUTO_TEST_CASE(a_key_goes_by_two_names) {
    exchange e;
    e.route.method = http::verb::post;
    e.route.idempotent = http::idempotency::by_handler;
    std::optional<server::uuid> key;
    e.look = [&](http::request_context& c) {
        const auto* found = c.state.find<http::request_key>();
        key = found == nullptr ? std::nullopt : std::optional{found->key};
    };
    const auto ask = [&](const char* name, const char* other_name) {
        e.headers.clear();
        if (name != nullptr)
            e.headers.set("Idempotency-Key", name);
        if (other_name != nullptr)
            e.headers.set("X-Idempotency-Key", other_name);
        return e.run(middleware::request_key(e.pool));
    };
    BOOST_TEST(ask("k1", nullptr).status == 200U);
    const auto first = key;
    BOOST_REQUIRE(first.has_value());
    for (const auto& [name, other] : std::vector<std::pair<const char*, const char*>>{
             {nullptr, "k1"}, {nullptr, "\"k1\""}, {"k1", "k1"}, {"k1", "\"k1\""}}) {
        BOOST_TEST(ask(name, other).status == 200U);
        BOOST_TEST((key == first));
    }
    BOOST_TEST(ask("k1", "k2").status == 400U);
    BOOST_TEST(says(ask("k1", "no key"), "IDEMPOTENCY_KEY_INVALID"));
    BOOST_TEST(says(ask(nullptr, nullptr), "IDEMPOTENCY_KEY_MISSING"));
}

BOOST_AUTO_TEST_CASE(of_a_long_body_the_fingerprint_is_taken_on_a_thread) {
    exchange e;
    e.route.method = http::verb::post;
    e.route.access = http::signed_in{};
    e.route.idempotent = http::idempotency::by_handler;
    e.route.body_limit = 200'000;
    const auto take = [](http::request_context&, std::string_view) -> server::result<> { return {}; };
    e.route.body = {nullptr, take, [](std::string& out, http::request_context& context) {
                        context.state.emplace<std::thread::id>(std::this_thread::get_id());
                        out += context.payload;
                    }};
    e.headers.set(http::field::content_type, "application/json");
    e.headers.set("Idempotency-Key", "k1");
    std::optional<server::uuid> fingerprint;
    std::thread::id by;
    e.look = [&](http::request_context& c) {
        const auto* const found = c.state.find<http::request_key>();
        fingerprint = found == nullptr ? std::nullopt : std::optional{found->fingerprint};
        if (const auto* const thread = c.state.find<std::thread::id>())
            by = *thread;
    };
    const auto ask = [&](std::string body) {
        e.body = std::move(body);
        return e.run({middleware::validation(e.pool), middleware::request_key(e.pool)}).status;
    };
    BOOST_TEST(ask("short") == 200U);
    BOOST_TEST((by == std::this_thread::get_id()));
    const auto of_short = fingerprint;
    BOOST_TEST(ask(std::string(100'000, 'x')) == 200U);
    BOOST_TEST((by != std::this_thread::get_id()));
    BOOST_TEST(fingerprint.has_value());
    BOOST_TEST((fingerprint != of_short));
    // What it takes is the request's time.
    e.answer = [](http::request_context&) -> http::response { throw std::logic_error("not to be reached"); };
    e.route.body.append_canonical = [](std::string&, http::request_context& context) {
        context.expires = server::steady_clock::now();
    };
    BOOST_TEST(ask(std::string(100'000, 'x')) == 503U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::steps_test
