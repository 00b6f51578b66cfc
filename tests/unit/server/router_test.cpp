#include "server/http/answer.hpp"
#include "server/http/router.hpp"
#include "server/schema/type.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/test/unit_test.hpp>

namespace bursar::tests::router_test {

using namespace bursar::server;
using namespace bursar::server::http;

namespace {

awaitable<response> echo(request_context& context) {
    std::string body = context.route->operation_id.data();
    for (const auto& parameter : context.parameters)
        body += "|" + std::string{parameter.name} + "=" + std::string{parameter.value};
    response answer;
    answer.body = body;
    co_return answer;
}

constexpr parameter_form short_text{[](std::string_view segment) noexcept { return segment.size() < 4; }};

route make(verb method, std::string_view path, std::string_view id) {
    route r;
    r.method = method;
    r.path = path;
    if (path.find("{id}") != std::string_view::npos)
        r.parameters = {{"id", &short_text}};
    r.operation_id = id;
    r.access = anyone{};
    r.answers = {{200, "ok"}};
    r.handler = echo;
    return r;
}

route of_a_customer() {
    return make(verb::get, "/customers/{customer_id}", "customer");
}

route of_a_month() {
    auto r = make(verb::get, "/months/{month}", "month");
    r.parameters = {{"month", &path_value<std::chrono::year_month>::form}};
    return r;
}

const router& table() {
    static const chain none{{}};
    static const router made{
        {make(verb::get, "/tickets", "list"), of_a_customer(), of_a_month(), make(verb::post, "/tickets", "create"),
         make(verb::get, "/tickets/{id}", "get"), make(verb::get, "/tickets/stats", "stats"),
         make(verb::post, "/tickets/{id}/resolve", "resolve")},
        none};
    return made;
}

response run(verb method, std::string_view path) {
    request r;
    const fields headers;
    r.headers = &headers;
    r.method = method;
    r.path = path;
    request_context context{r};
    asio::io_context loop;
    response out;
    asio::co_spawn(loop, table().dispatch(context), [&](std::exception_ptr failed, response answer) {
        BOOST_REQUIRE(!failed);
        out = std::move(answer);
    });
    loop.run();
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(routing)

BOOST_AUTO_TEST_CASE(finds_literals_before_parameters) {
    BOOST_TEST(run(verb::get, "/tickets").body == "list");
    BOOST_TEST(run(verb::post, "/tickets").body == "create");
    BOOST_TEST(run(verb::get, "/tickets/stats").body == "stats");
    BOOST_TEST(run(verb::get, "/tickets/7").body == "get|id=7");
    BOOST_TEST(run(verb::post, "/tickets/7/resolve").body == "resolve|id=7");
}

BOOST_AUTO_TEST_CASE(decodes_a_segment_once_and_keeps_an_encoded_slash_inside_it) {
    BOOST_TEST(run(verb::get, "/tickets/a%2Fb").body == "get|id=a/b");
    BOOST_TEST(run(verb::get, "/tickets/%2541").body == "get|id=%41");
    BOOST_TEST(run(verb::get, "/%74ickets").body == "list");
    BOOST_TEST(run(verb::get, "/tickets/%zz").status == 404U);
    BOOST_TEST(run(verb::get, "/tickets/%4").status == 404U);
    BOOST_TEST(run(verb::get, "/tickets/a%00b").status == 404U);
}

BOOST_AUTO_TEST_CASE(a_parameter_is_of_its_form_and_an_id_where_none_is_declared) {
    BOOST_TEST(run(verb::get, "/tickets/1234").status == 404U);
    BOOST_TEST(run(verb::post, "/tickets/1234/resolve").status == 404U);
    const std::string id = "0193a1c4-5e6f-7a8b-9c0d-1e2f3a4b5c6d";
    BOOST_TEST(run(verb::get, "/customers/" + id).body == "customer|customer_id=" + id);
    for (const auto* path : {"/customers/7", "/customers/0193a1c4-5e6f-7a8b-9c0d-1e2f3a4b5c6", "/months/2026-13"})
        BOOST_TEST(run(verb::get, path).status == 404U, path);
    BOOST_TEST(run(verb::get, "/months/2026-10").body == "month|month=2026-10");
}

BOOST_AUTO_TEST_CASE(other_paths_are_not_found) {
    for (const auto* path : {"/", "//", "/tickets/", "//tickets", "/ticket", "/tickets/7/", "/tickets//resolve"})
        BOOST_TEST(run(verb::get, path).status == 404U, path);
}

BOOST_AUTO_TEST_CASE(other_methods_get_405_with_allow) {
    const auto answer = run(verb::delete_, "/tickets");
    BOOST_TEST(answer.status == 405U);
    BOOST_TEST(answer.headers.find("Allow").value() == "GET, HEAD, POST, OPTIONS");
    for (const auto method : {verb::put, verb::trace, verb::unknown}) {
        BOOST_TEST(run(method, "/tickets").status == 405U);
        BOOST_TEST(run(method, "/nowhere").status == 404U);
    }
    const auto options = run(verb::options, "/tickets/7/resolve");
    BOOST_TEST(options.status == 204U);
    BOOST_TEST(options.headers.find("Allow").value() == "POST, OPTIONS");
    BOOST_TEST(run(verb::head, "/tickets").body == "list");
}

BOOST_AUTO_TEST_CASE(options_of_the_whole_server_tell_its_methods) {
    const auto answer = run(verb::options, "*");
    BOOST_TEST(answer.status == 204U);
    BOOST_TEST(answer.headers.find("Allow").value() == "GET, HEAD, POST, OPTIONS");
}

BOOST_AUTO_TEST_CASE(incomplete_routes_are_refused_all_at_once) {
    const chain none{{}};
    auto open = make(verb::get, "/a", "a");
    open.access.reset();
    auto mute = make(verb::get, "/b", "b");
    mute.answers.clear();
    const auto names_both = [](const std::logic_error& e) {
        const std::string text = e.what();
        return text.find("a /a declares no access") != std::string::npos &&
               text.find("b /b declares no answers") != std::string::npos &&
               text.find("stands twice") != std::string::npos;
    };
    BOOST_CHECK_EXCEPTION(
        (router{{open, mute, make(verb::get, "/c", "c"), make(verb::get, "/c", "d")}, none}), std::logic_error,
        names_both);
}

BOOST_AUTO_TEST_CASE(a_route_declares_what_its_handler_takes) {
    static const schema::type one;
    static const schema::type other;
    const auto refused = [](handler_needs needs, void (*change)(route&) = nullptr) {
        auto r = make(verb::get, "/{id}", "a");
        r.parameters = {};
        r.body.type = &one;
        r.query.type = &one;
        r.answers.front().data = &one;
        r.handler = {echo, std::move(needs)};
        if (change != nullptr)
            change(r);
        try {
            const router made{{r}, chain{{}}};
        } catch (const std::logic_error& e) {
            const std::string text = e.what();
            return text.substr(text.find(" /{id} ") + 7);
        }
        return std::string{};
    };
    const auto* const id = &path_value<uuid>::form;
    BOOST_TEST(refused({.body = &one, .query = &one, .answer = &one, .parameters = {id}}) == "");
    BOOST_TEST(refused({.body = &other}) == "has a handler that takes another body");
    BOOST_TEST(refused({.query = &other}) == "has a handler that takes another query");
    BOOST_TEST(refused({.answer = &other}) == "has a handler that answers something else");
    BOOST_TEST(refused({.caller = true}) == "has a handler that takes a caller");
    BOOST_TEST(refused({.caller = true}, [](route& r) { r.access = signed_in{}; }) == "");
    BOOST_TEST(refused({.versions = true}) == "has a handler that takes If-Match");
    BOOST_TEST(refused({.versions = true}, [](route& r) { r.condition = precondition::if_match; }) == "");
    BOOST_TEST(refused({.transaction = true}) == "has a handler that takes a transaction");
    BOOST_TEST(refused({.transaction = true}, [](route& r) { r.idempotent = idempotency::required; }) == "");
    BOOST_TEST(refused({.transaction = true}, [](route& r) {
                   r.method = verb::patch;
                   r.access = signed_in{};
               }) == "");
    BOOST_TEST(refused({}, [](route& r) {
                   r.parameters = {{"month", &short_text}};
               }) == "declares a parameter that its path does not have");
    BOOST_TEST(refused({.parameters = {id, id}}) == "has a handler that takes more parameters");
    BOOST_TEST(
        refused({.parameters = {&path_value<std::chrono::year_month>::form}}) ==
        "has a handler that takes another {id}");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::router_test
