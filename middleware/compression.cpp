#include "middleware/steps.hpp"
#include "server/http/media_type.hpp"
#include "server/telemetry/log.hpp"

#include <zlib.h>

namespace bursar::middleware {

namespace {

constexpr std::size_t smallest = 1024;
constexpr std::size_t pool_from = 32U << 10U;
constexpr int gzip_window = 15 + 16; // zlib's largest window, with a gzip header
constexpr int fast_level = 4;

// The gzip of text, or empty when zlib fails.
std::string gzip(const std::string& text) {
    z_stream stream{};
    if (::deflateInit2(&stream, fast_level, Z_DEFLATED, gzip_window, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return {};
    std::string out(::deflateBound(&stream, text.size()), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data())); // zlib's interface lacks the const
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    const bool done = ::deflate(&stream, Z_FINISH) == Z_STREAM_END;
    out.resize(done ? stream.total_out : 0);
    ::deflateEnd(&stream);
    return out;
}

class compression_step final : public http::middleware {
public:
    explicit compression_step(server::thread_pool& pool)
        : pool_(pool) {}

    bool applies_to(const http::route& r) const override { return !r.quiet; }

    awaitable<http::response> handle(http::request_context& context, http::next rest) override {
        auto answer = co_await rest(context);
        if (answer.body.size() < smallest || answer.stream || answer.headers.contains("Content-Encoding"))
            co_return answer;
        answer.headers.add("Vary", "Accept-Encoding");
        if (http::coding_quality(context.request.header(http::field::accept_encoding), "gzip") == 0)
            co_return answer;
        auto packed = co_await pack(answer.body);
        if (packed.empty() || packed.size() >= answer.body.size())
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
            co_return gzip(body);
        auto work = [copy = body] { return gzip(copy); };
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
