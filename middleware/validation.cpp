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
        if (context.request.has_body && context.route->method != http::verb::get) {
            error unwanted{errc::malformed_request};
            unwanted.message = "This route takes no body.";
            return refuse(context, unwanted);
        }
        return rest(context);
    }

private:
    static awaitable<http::response> refuse(http::request_context& context, error why) {
        co_return http::problem(context, why);
    }

    awaitable<http::response> validate_body(http::request_context& context, http::next rest) {
        auto parsed = co_await read_body(context);
        if (!parsed)
            co_return http::problem(context, parsed.error());
        co_return co_await rest(context);
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
        const auto coding = context.request.header(http::field::content_encoding);
        if (context.request.has_body && (!json_type(context) || !(coding.empty() || http::iequals(coding, "identity"))))
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
