#include "handlers/operations/docs/routes.hpp"
#include "server/asio.hpp"
#include "server/http/context.hpp"
#include "server/http/gzip.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/test/unit_test.hpp>

#include <set>

namespace bursar::tests::docs_test {

using namespace bursar::server;

namespace {

http::response fetch(const http::route& route, std::string_view encoding = {}) {
    http::fields fields;
    if (!encoding.empty())
        fields.set(http::field::accept_encoding, std::string{encoding});
    http::request request;
    request.headers = &fields;
    http::request_context context{request};
    asio::io_context loop;
    http::response out;
    std::exception_ptr thrown;
    asio::co_spawn(loop, route.handler(context), [&](std::exception_ptr e, http::response r) {
        thrown = e;
        out = std::move(r);
    });
    loop.run();
    if (thrown)
        std::rethrow_exception(thrown);
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(docs_routes)

BOOST_AUTO_TEST_CASE(serve_the_document_and_the_page) {
    const std::string document = R"({"openapi":"3.1.0"})";
    std::map<std::string_view, http::response> answers;
    for (const auto& route : handlers::docs::routes(document)) {
        BOOST_TEST(route.internal);
        BOOST_TEST(std::holds_alternative<http::anyone>(*route.access));
        answers[route.path] = fetch(route);
    }
    BOOST_TEST(answers.at("/openapi.json").body == document);
    BOOST_TEST((answers.at("/openapi.json").headers.find("Content-Type") == "application/json"));
    for (const auto* path : {"/docs", "/docs/app.js", "/docs/style.css", "/docs/icon.svg"}) {
        const auto& answer = answers.at(path);
        BOOST_TEST(answer.status == 200U);
        BOOST_TEST(!answer.body.empty(), path);
        BOOST_TEST(answer.headers.find("Content-Security-Policy")->starts_with("default-src 'self'"));
        BOOST_TEST(answer.headers.contains("ETag"));
    }
}

BOOST_AUTO_TEST_CASE(are_compressed_once_and_each_form_has_its_tag) {
    const std::string document = R"({"openapi":")" + std::string(5000, 'x') + R"("})";
    for (const auto& route : handlers::docs::routes(document)) {
        BOOST_TEST((route.rate == http::rate_class::standard), route.path);
        const auto plain = fetch(route);
        BOOST_TEST(!plain.headers.contains("Content-Encoding"));
        const auto packed = fetch(route, "gzip");
        if (plain.body.size() < http::smallest_to_compress)
            continue;
        BOOST_TEST(packed.body.substr(0, 2) == "\x1f\x8b", route.path);
        BOOST_TEST(packed.body.size() < plain.body.size());
        BOOST_TEST(packed.headers.find("Content-Encoding").value() == "gzip");
        BOOST_TEST(packed.headers.find("Vary").value() == "Accept-Encoding");
        BOOST_TEST((packed.headers.find("ETag") != plain.headers.find("ETag")));
    }
}

BOOST_AUTO_TEST_CASE(the_page_asks_only_for_files_that_are_served) {
    const std::string document = "{}";
    std::string page;
    std::string paths;
    for (const auto& route : handlers::docs::routes(document)) {
        if (route.path == "/docs")
            page = fetch(route).body;
        paths += std::string{route.path} + "\n";
    }
    std::size_t checked = 0;
    for (const std::string_view attribute : {"src=\"", "href=\""})
        for (auto at = page.find(attribute); at != std::string::npos; at = page.find(attribute, at + 1)) {
            const auto start = at + attribute.size();
            const auto target = page.substr(start, page.find('"', start) - start);
            if (target.starts_with('#'))
                continue;
            ++checked;
            BOOST_TEST(paths.find(target + "\n") != std::string::npos, target);
        }
    BOOST_TEST(checked >= 4U);
    for (const std::string_view inline_code : {"<style", "style=", "onclick", "javascript:", "<script>"})
        BOOST_TEST(page.find(inline_code) == std::string::npos, inline_code);
}

BOOST_AUTO_TEST_CASE(a_failure_leads_to_where_its_code_is_explained) {
    std::set<std::string_view> paths;
    for (const auto& route : handlers::docs::routes("{}"))
        paths.insert(route.path);
    for (const auto& known : error_descriptions()) {
        const auto url = doc_url(known.code);
        const auto hash = url.find('#');
        BOOST_TEST(paths.contains(std::string_view{url}.substr(0, hash)), url);
        BOOST_TEST(url.substr(hash + 1) == known.name); // the page gives each code's line its name as id
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::docs_test
