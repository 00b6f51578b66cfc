#include "handlers/operations/docs/routes.hpp"

#include "handlers/operations/docs/files.hpp"
#include "server/http/context.hpp"
#include "server/http/gzip.hpp"
#include "server/http/media_type.hpp"
#include "server/schema/routes.hpp"

namespace bursar::handlers::docs {

namespace http = server::http;
using http::request_context;

namespace {

// The page's own files and the document are all that it may load.
constexpr std::string_view page_policy =
    "Content-Security-Policy: default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n"
    "Referrer-Policy: no-referrer\r\n";

// FNV-1a: the same bytes have the same tag in every process of a deployment.
std::string tag_of(std::string_view text) {
    std::uint64_t hash = 14695981039346656037ULL;
    for (const char c : text)
        hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
    return std::to_string(hash);
}

// What is served as it stands, compressed once.
struct file {
    std::string_view media_type;
    std::string_view text;
    bool page;
    std::string tag = tag_of(text);
    std::string packed = text.size() < http::smallest_to_compress ? "" : http::gzip(text, http::best_gzip);
};

// The compression step leaves alone what is compressed, and says Vary of the rest.
server::awaitable<http::response> serve(request_context& context, const file& what) {
    http::response answer;
    answer.headers.add("Content-Type", what.media_type);
    answer.headers.add("Cache-Control", "no-cache");
    if (what.page)
        answer.headers.add_lines(page_policy);
    const auto accepted = context.request.header(http::field::accept_encoding);
    if (what.packed.empty() || http::coding_quality(accepted, "gzip") == 0) {
        answer.headers.add("ETag", '"' + what.tag + '"');
        answer.body = what.text;
    } else {
        answer.headers.add("ETag", '"' + what.tag + "-gzip\"");
        answer.headers.add("Content-Encoding", "gzip");
        answer.headers.add("Vary", "Accept-Encoding");
        answer.body = what.packed;
    }
    co_return answer;
}

http::route route_to(std::string_view path, std::string_view media_type, std::string_view text, bool page) {
    http::route out;
    out.path = path;
    out.operation_id = path;
    out.summary = "The API reference";
    out.tag = "Documentation";
    out.access = http::anyone{};
    out.internal = true;
    out.answers = {server::schema::plain_answer(200, media_type, "The file.")};
    const auto what = std::make_shared<const file>(file{media_type, text, page});
    out.handler = [what](request_context& c) { return serve(c, *what); };
    return out;
}

} // namespace

std::vector<http::route> routes(const std::string& document) {
    return {
        route_to("/openapi.json", "application/json", document, false),
        route_to("/docs", "text/html; charset=utf-8", files::index_html, true),
        route_to("/docs/app.js", "text/javascript; charset=utf-8", files::app_js, true),
        route_to("/docs/style.css", "text/css; charset=utf-8", files::style_css, true),
        route_to("/docs/icon.svg", "image/svg+xml", files::icon_svg, true)};
}

} // namespace bursar::handlers::docs
