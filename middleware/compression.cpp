#include "middleware/steps.hpp"
#include "server/http/gzip.hpp"
#include "server/http/media_type.hpp"

namespace bursar::middleware {

namespace {

constexpr std::size_t pool_from = 32U << 10U;

class compression_step final : public http::middleware {
public:
    explicit compression_step(server::thread_pool& pool)
        : pool_(pool) {}

    bool applies_to(const http::route& r) const override { return !r.quiet; }

    awaitable<http::response> handle(http::request_context& context, http::next rest) override {
        auto answer = co_await rest(context);
        const auto coding = http::choose_packing(context.request.header(http::field::accept_encoding));
        const bool must = coding == http::packing::only_gzip && !answer.body.empty();
        const bool pays = must || answer.body.size() >= http::smallest_to_compress;
        if (!pays || answer.stream || answer.headers.contains("Content-Encoding"))
            co_return answer;
        answer.headers.add("Vary", "Accept-Encoding");
        if (!must && coding != http::packing::gzip)
            co_return answer;
        auto packed = co_await pack(answer.body);
        if (packed.empty() || (!must && packed.size() >= answer.body.size()))
            co_return answer;
        answer.body = std::move(packed);
        answer.headers.add("Content-Encoding", "gzip");
        if (const auto etag = answer.headers.find("ETag"))
            answer.headers.set("ETag", std::string{etag->substr(0, etag->size() - 1)} + "-gzip\"");
        co_return answer;
    }

private:
    // Empty when it is better to send the body as it is.
    awaitable<std::string> pack(const std::string& body) {
        if (body.size() < pool_from)
            co_return http::gzip(body, http::fast_gzip);
        auto work = [copy = body] { return http::gzip(copy, http::fast_gzip); };
        auto packed = co_await pool_.compute(std::move(work));
        co_return packed ? std::move(*packed) : std::string{};
    }

    server::thread_pool& pool_;
};

} // namespace

step compression(server::thread_pool& pool) {
    return std::make_shared<compression_step>(pool);
}

} // namespace bursar::middleware
