#include "middleware/steps.hpp"
#include "server/http/answer.hpp"
#include "server/http/media_type.hpp"

#include <algorithm>

namespace bursar::middleware {

namespace {

class negotiation_step final : public http::filter {
public:
    bool applies_to(const http::route& r) const override { return !r.internal; }

    std::optional<http::response> before(http::request_context& context) override {
        const auto accept = context.request.header(http::field::accept);
        const auto* const chosen = choose(accept, *context.route);
        const auto coding = http::choose_packing(context.request.header(http::field::accept_encoding));
        if (chosen == nullptr)
            return http::problem(context, errc::not_acceptable);
        if (coding == http::packing::none) {
            error neither{errc::not_acceptable};
            neither.message = "Accept-Encoding takes neither the answer as it is nor gzip.";
            return http::problem(context, neither);
        }
        context.media_type = chosen->media_type;
        return std::nullopt;
    }

    void after(http::request_context& context, http::response& answer) override {
        if (successes(*context.route) > 1)
            answer.headers.add("Vary", "Accept");
    }

private:
    static bool is_success(const http::answer_spec& a) noexcept { return a.status < 300; }

    static std::ptrdiff_t successes(const http::route& route) noexcept {
        return std::count_if(route.answers.begin(), route.answers.end(), is_success);
    }

    // The success that the client likes best; of equals, the one declared first.
    static const http::answer_spec* choose(std::string_view accept, const http::route& route) {
        const http::answer_spec* first = nullptr;
        const http::answer_spec* best = nullptr;
        for (const auto& a : route.answers) {
            if (!is_success(a))
                continue;
            if (first == nullptr)
                first = &a;
            if (best == nullptr ? http::quality(accept, a.media_type) > 0
                                : http::prefers(accept, a.media_type, best->media_type))
                best = &a;
        }
        // Who accepts a problem document wants our failures, and gets the plain answer for a success, unless it is
        // refused by a q of 0.
        if (best == nullptr && http::quality(accept, "application/problem+json") > 0 && first != nullptr &&
            !http::mentions(accept, first->media_type))
            return first;
        return best;
    }
};

} // namespace

step negotiation() {
    return std::make_shared<negotiation_step>();
}

} // namespace bursar::middleware
