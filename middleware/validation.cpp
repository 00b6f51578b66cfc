#include "middleware/steps.hpp"
#include "server/http/answer.hpp"
#include "server/http/headers.hpp"
#include "server/http/media_type.hpp"

namespace bursar::middleware {

namespace {

class validation_step final : public http::middleware {
public:
    std::string_view name() const noexcept override { return "validation"; }
    bool applies_to(const http::route& r) const override { return !r.internal && !r.quiet; }

    awaitable<http::response> handle(http::request_context& context, http::next rest) override {
        const auto& route = *context.route;
        if (route.query) {
            if (auto parsed = route.query.parse(context, context.request.query); !parsed)
                co_return http::problem(context, parsed.error());
        } else if (!context.request.query.empty()) {
            co_return http::problem(context, unknown_parameter(context.request.query));
        }
        if (route.body) {
            auto parsed = co_await read_body(context);
            if (!parsed)
                co_return http::problem(context, parsed.error());
        } else if (context.request.has_body && route.method != http::verb::get) {
            error refused{errc::malformed_request};
            refused.message = "This route takes no body.";
            co_return http::problem(context, refused);
        }
        co_return co_await rest(context);
    }

private:
    static error unknown_parameter(std::string_view query) {
        const auto name = query.substr(0, query.find_first_of("=&"));
        return {errc::validation_failed, {{std::string{name}, "is not a parameter of this route"}}};
    }

    static bool json_type(const http::request_context& context) {
        const auto type = http::without_parameters(context.request.header(http::field::content_type));
        return http::iequals(type, "application/json") ||
               (context.route->method == http::verb::patch && http::iequals(type, "application/merge-patch+json"));
    }

    static awaitable<result<>> read_body(http::request_context& context) {
        const auto coding = context.request.header(http::field::content_encoding);
        if (context.request.has_body && (!json_type(context) || !(coding.empty() || http::iequals(coding, "identity"))))
            co_return error{errc::unsupported_media_type};
        if (context.request.has_body) {
            auto text = co_await context.request.source->read(context.route->body_limit);
            if (!text)
                co_return text.error();
            context.payload = std::move(*text);
        }
        co_return context.route->body.parse(context, context.payload);
    }
};

} // namespace

step validation() {
    return std::make_unique<validation_step>();
}

} // namespace bursar::middleware
