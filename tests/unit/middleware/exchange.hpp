// One request through some steps and a handler, without a socket: for tests of single steps.
#pragma once

#include "middleware/steps.hpp"
#include "server/http/router.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/test/unit_test.hpp>

#include <functional>
#include <string>
#include <vector>

namespace bursar::tests {

namespace http = server::http;

// What the client sends and what the route declares; run() sends it through the steps.
class exchange final : private http::body_source {
public:
    exchange() {
        route.path = "/thing";
        route.operation_id = "thing";
        route.access = http::anyone{};
        route.body_limit = http::open_body_limit;
        route.answers = {{.status = 200, .description = "OK"}};
    }

    http::route route;
    http::fields headers;
    std::string query;
    std::string body;
    boost::asio::ip::address peer = boost::asio::ip::make_address("127.0.0.1");
    bool secure = false;
    std::function<http::response(http::request_context&)> answer = [](http::request_context&) {
        return http::response{};
    };
    std::function<void(http::request_context&)> look = [](http::request_context&) {}; // before the context dies
    std::optional<server::principal> caller;

    http::response run(std::vector<middleware::step> steps) {
        const http::chain chain{std::move(steps)};
        auto declared = route;
        declared.handler = [this](http::request_context& c) { return handle(c); };
        const http::router router{{declared}, chain};

        http::request request;
        request.method = route.method;
        request.method_text = to_text(route.method);
        request.path = "/thing";
        request.query = query;
        const auto target = "/thing" + (query.empty() ? "" : "?" + query);
        request.target = target;
        request.headers = &headers;
        request.peer = peer;
        request.secure = secure;
        request.has_body = !body.empty();
        if (!body.empty())
            request.content_length = body.size();
        request.source = this;
        http::request_context context{request};
        context.caller = caller;

        http::response out;
        server::asio::co_spawn(loop, router.dispatch(context), [&](std::exception_ptr failed, http::response answered) {
            BOOST_REQUIRE(!failed);
            out = std::move(answered);
        });
        loop.restart();
        loop.run();
        look(context);
        return out;
    }

    http::response run(middleware::step one) {
        std::vector<middleware::step> steps;
        steps.push_back(std::move(one));
        return run(std::move(steps));
    }

    server::asio::io_context loop;
    server::thread_pool pool{loop, 1, 8};

private:
    static std::string_view to_text(http::verb method) {
        const auto text = boost::beast::http::to_string(method);
        return {text.data(), text.size()};
    }

    server::awaitable<http::response> handle(http::request_context& context) { co_return answer(context); }

    server::awaitable<server::result<std::string>> read(std::size_t limit) override {
        if (body.size() > limit)
            co_return server::errc::payload_too_large;
        co_return body;
    }
};

inline bool says(const http::response& answer, std::string_view code) {
    return answer.body.find("\"code\":\"" + std::string{code} + "\"") != std::string::npos;
}

} // namespace bursar::tests
