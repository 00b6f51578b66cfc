#include "middleware/steps.hpp"
#include "server/http/answer.hpp"

namespace bursar::middleware {

namespace {

// Compression marks the ETag of a compressed body; conditions name the resource either way.
std::string_view without_coding(std::string_view tag) noexcept {
    constexpr std::string_view mark = "-gzip";
    if (tag.ends_with(mark))
        tag.remove_suffix(mark.size());
    return tag;
}

struct tag_list {
    bool any = false;
    bool malformed = false;
    std::vector<std::string> strong;
    std::vector<std::string> weak;
};

void skip_spaces_and_commas(std::string_view& rest) noexcept {
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t,"), rest.size()));
}

// RFC 9110 section 13.1: "*", or a list of entity tags.
tag_list parse_tags(std::string_view rest) {
    tag_list out;
    skip_spaces_and_commas(rest);
    if (rest == "*") {
        out.any = true;
        return out;
    }
    while (!rest.empty()) {
        const bool weak = rest.starts_with("W/");
        if (weak)
            rest.remove_prefix(2);
        const auto end = rest.starts_with('"') ? rest.find('"', 1) : std::string_view::npos;
        if (end == std::string_view::npos) {
            out.malformed = true;
            return out;
        }
        (weak ? out.weak : out.strong).emplace_back(without_coding(rest.substr(1, end - 1)));
        rest.remove_prefix(end + 1);
        skip_spaces_and_commas(rest);
    }
    return out;
}

bool contains(const std::vector<std::string>& tags, std::string_view tag) {
    return std::find(tags.begin(), tags.end(), tag) != tags.end();
}

class conditional_step final : public http::filter {
public:
    bool applies_to(const http::route& r) const override {
        return (r.method == http::verb::get && !r.quiet) || r.condition == http::precondition::if_match;
    }

    std::optional<http::response> before(http::request_context& context) override {
        if (context.route->condition != http::precondition::if_match)
            return std::nullopt;
        const auto header = context.request.header(http::field::if_match);
        if (header.empty())
            return http::problem(context, errc::precondition_required);
        auto tags = parse_tags(header);
        if (tags.malformed)
            return http::problem(
                context, error{errc::malformed_request, {{"If-Match", "must be * or a list of quoted entity tags"}}});
        context.condition = {tags.any, std::move(tags.strong)};
        return std::nullopt;
    }

    void after(http::request_context& context, http::response& answer) override {
        if (answer.status != 200 || context.route->method != http::verb::get)
            return;
        const auto etag = answer.headers.find("ETag");
        if (!etag)
            return;
        const bool unchanged = matches(context.request.header(http::field::if_none_match), *etag);
        if (!answer.headers.contains("Cache-Control"))
            answer.headers.add("Cache-Control", "private, no-cache");
        if (std::holds_alternative<server::permission>(*context.route->access))
            answer.headers.add("Vary", "Authorization");
        if (unchanged) {
            answer.status = 304;
            answer.body.clear();
            answer.headers.erase("Content-Type");
            answer.headers.erase("Content-Encoding");
        }
    }

private:
    // Weak comparison (RFC 9110 section 13.1.2).
    static bool matches(std::string_view if_none_match, std::string_view etag) {
        if (if_none_match.empty())
            return false;
        const auto tags = parse_tags(if_none_match);
        const auto opaque = without_coding(etag.substr(1, etag.size() - 2));
        return tags.any || contains(tags.strong, opaque) || contains(tags.weak, opaque);
    }
};

} // namespace

step conditional() {
    return std::make_shared<conditional_step>();
}

} // namespace bursar::middleware
