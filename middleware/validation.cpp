#include "middleware/steps.hpp"
#include "server/http/answer.hpp"
#include "server/http/headers.hpp"
#include "server/http/media_type.hpp"
#include "server/schema/read.hpp"

namespace bursar::middleware {

namespace {

// Longer bodies are parsed on the thread pool.
constexpr std::size_t pool_from = std::size_t{64} << 10U;

class validation_step final : public http::middleware {
public:
    explicit validation_step(server::thread_pool& pool)
        : pool_(pool) {}

    bool applies_to(const http::route& r) const override { return !r.internal && !r.quiet; }

    awaitable<http::response> handle(http::request_context& context, http::next rest) override {
        if (auto read = read_query(context); !read)
            return refuse(context, read.error());
        if (context.route->body)
            return validate_body(context, rest);
        if (context.request.has_body && context.route->method != http::verb::get)
            return expect_nothing(context, rest);
        return rest(context);
    }

private:
    static awaitable<http::response> refuse(http::request_context& context, error why) {
        co_return http::problem(context, why);
    }

    // Some clients send {} with every POST.
    static awaitable<http::response> expect_nothing(http::request_context& context, http::next rest) {
        constexpr std::size_t longest_nothing = 64;
        const auto text = co_await context.request.source->read(longest_nothing);
        if (!text && text.error().code != errc::payload_too_large)
            co_return http::problem(context, text.error());
        if (text && is_empty_object(*text))
            co_return co_await rest(context);
        error unwanted{errc::malformed_request};
        unwanted.message = "This route takes no body, or {}.";
        co_return http::problem(context, unwanted);
    }

    static bool is_empty_object(std::string text) {
        std::erase_if(text, [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; });
        return text == "{}";
    }

    awaitable<http::response> validate_body(http::request_context& context, http::next rest) {
        auto parsed = co_await read_body(context);
        if (parsed)
            co_return co_await rest(context);
        auto answer = http::problem(context, parsed.error());
        if (parsed.error().code == errc::unsupported_media_type)
            tell_what_is_taken(context, answer);
        co_return answer;
    }

    // RFC 9110 section 15.5.16.
    static void tell_what_is_taken(const http::request_context& context, http::response& answer) {
        const bool patch = context.route->method == http::verb::patch;
        if (!plain_coding(context))
            answer.headers.add("Accept-Encoding", "identity");
        if (!json_type(context))
            answer.headers.add("Accept", patch ? "application/json, application/merge-patch+json" : "application/json");
    }

    static bool plain_coding(const http::request_context& context) {
        return http::only_identity(context.request.header(http::field::content_encoding));
    }

    static result<> read_query(http::request_context& context) {
        return context.route->query ? context.route->query.parse(context, context.request.query)
                                    : server::schema::read_no_query(context.request.query);
    }

    static bool json_type(const http::request_context& context) {
        const auto type = http::without_parameters(context.request.header(http::field::content_type));
        return http::iequals(type, "application/json") ||
               (context.route->method == http::verb::patch && http::iequals(type, "application/merge-patch+json"));
    }

    awaitable<result<>> read_body(http::request_context& context) {
        if (context.request.has_body && (!json_type(context) || !plain_coding(context)))
            co_return error{errc::unsupported_media_type};
        if (context.request.has_body) {
            auto text = co_await context.request.source->read(context.route->body_limit);
            if (!text)
                co_return text.error();
            context.payload = std::move(*text);
        }
        const bool left_out = !context.request.has_body && context.route->body_optional;
        const auto text = left_out ? std::string_view{"{}"} : std::string_view{context.payload};
        if (text.size() < pool_from)
            co_return context.route->body.parse(context, text);
        // The context stays where it is: its coroutine waits here.
        result<> parsed;
        const auto work = [&context, &parsed, text] {
            parsed = context.route->body.parse(context, text);
            return true;
        };
        const auto done = co_await pool_.compute(work);
        if (!done)
            co_return done.error();
        co_return parsed;
    }

    server::thread_pool& pool_;
};

} // namespace

step validation(server::thread_pool& pool) {
    return std::make_shared<validation_step>(pool);
}

} // namespace bursar::middleware
