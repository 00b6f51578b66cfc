#include "middleware/body_work.hpp"
#include "middleware/refuse.hpp"
#include "middleware/steps.hpp"
#include "server/http/answer.hpp"
#include "server/http/headers.hpp"
#include "server/http/media_type.hpp"
#include "server/schema/read.hpp"

namespace bursar::middleware {

namespace {

// What a route without a body takes.
const server::schema::type& nothing() {
    static const auto made = [] {
        server::schema::type out;
        out.kind = server::schema::type_kind::object;
        return out;
    }();
    return made;
}

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
    // Some clients send {} with every POST.
    static awaitable<http::response> expect_nothing(http::request_context& context, http::next rest) {
        constexpr std::size_t longest_nothing = 4096;
        const auto text = co_await context.request.source->read(longest_nothing);
        auto why = text ? result<>{} : text.error();
        if (text && !text->empty())
            why = read_nothing(context, *text);
        if (why)
            co_return co_await rest(context);
        co_return refusal(context, why.error());
    }

    static result<> read_nothing(const http::request_context& context, std::string_view text) {
        if (const bool typed = !context.request.header(http::field::content_type).empty();
            !plain_coding(context) || (typed && !json_type(context)))
            return media_fault(context);
        char unused = 0;
        auto read = server::schema::read_body(nothing(), text, &unused);
        if (!read && read.error().code == errc::validation_failed) {
            auto unwanted = read.error();
            unwanted.message = "This route takes no body, or {}.";
            return unwanted;
        }
        return read;
    }

    awaitable<http::response> validate_body(http::request_context& context, http::next rest) {
        auto parsed = co_await read_body(context);
        if (parsed)
            co_return co_await rest(context);
        co_return refusal(context, parsed.error());
    }

    static http::response refusal(http::request_context& context, const error& why) {
        auto answer = http::problem(context, why);
        if (why.code == errc::unsupported_media_type)
            add_accepted_types(context, answer);
        return answer;
    }

    static error media_fault(const http::request_context& context) {
        error out{errc::unsupported_media_type};
        if (!plain_coding(context))
            out.message = "The body must be sent as it is: no Content-Encoding is taken.";
        return out;
    }

    // RFC 9110 section 15.5.16.
    static void add_accepted_types(const http::request_context& context, http::response& answer) {
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
            co_return media_fault(context);
        if (context.request.has_body) {
            auto text = co_await context.request.source->read(context.route->body_limit);
            if (!text)
                co_return text.error();
            context.payload = std::move(*text);
        }
        const bool left_out = !context.request.has_body && context.route->body_optional;
        const auto text = left_out ? std::string_view{"{}"} : std::string_view{context.payload};
        if (!has_long_body(context))
            co_return context.route->body.parse(context, text);
        result<> parsed;
        const auto work = [&context, &parsed, text] {
            parsed = context.route->body.parse(context, text);
            return true;
        };
        const auto done = co_await on_pool(pool_, context, work);
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
