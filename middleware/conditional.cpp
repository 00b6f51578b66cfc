#include "middleware/steps.hpp"
#include "server/http/answer.hpp"

namespace bursar::middleware {

namespace {

// Compression marks the ETag of a compressed body; who wants to write names the resource either way.
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

std::string_view as_it_is(std::string_view tag) noexcept {
    return tag;
}

// RFC 9110 section 13.1: "*", or a list of entity tags.
tag_list parse_tags(std::string_view rest, std::string_view (*read)(std::string_view) noexcept) {
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
        (weak ? out.weak : out.strong).emplace_back(read(rest.substr(1, end - 1)));
        rest.remove_prefix(end + 1);
        skip_spaces_and_commas(rest);
    }
    return out;
}

bool contains(const std::vector<std::string>& tags, std::string_view tag) {
    return std::find(tags.begin(), tags.end(), tag) != tags.end();
}

// Whether the list names it: "*" does, if it is there.
bool names(const tag_list& tags, std::string_view opaque) {
    return tags.any || contains(tags.strong, opaque);
}

class conditional_step final : public http::filter {
public:
    bool applies_to(const http::route& r) const override { return !r.quiet; }

    std::optional<http::response> before(http::request_context& context) override {
        if (reads(*context.route))
            return std::nullopt;
        const auto excluded = exclusions(context);
        if (excluded.malformed)
            return malformed(context, "If-None-Match");
        return updates(*context.route) ? before_update(context, excluded) : before_other(context, excluded);
    }

    void after(http::request_context& context, http::response& answer) override {
        if (answer.status != 200 || !reads(*context.route))
            return;
        const std::string etag{answer.headers.find("ETag").value_or("")};
        if (const auto if_match = context.request.header(http::field::if_match); !if_match.empty()) {
            const auto tags = parse_tags(if_match, without_coding);
            const bool met = tags.any || (!etag.empty() && contains(tags.strong, without_coding(opaque_part(etag))));
            if (!met)
                answer = http::problem(context, errc::precondition_failed);
        }
        if (etag.empty() || answer.status != 200)
            return;
        if (!answer.headers.contains("Cache-Control"))
            answer.headers.add("Cache-Control", "private, no-cache");
        if (std::holds_alternative<server::permission>(*context.route->access))
            answer.headers.add("Vary", "Authorization");
        if (unchanged(context.request.header(http::field::if_none_match), opaque_part(etag))) {
            answer.status = 304;
            answer.body.clear();
            answer.headers.erase("Content-Type");
            answer.headers.erase("Content-Encoding");
        }
    }

private:
    static bool reads(const http::route& r) noexcept { return r.method == http::verb::get; }
    static bool updates(const http::route& r) noexcept { return r.condition == http::precondition::if_match; }

    static std::string_view opaque_part(std::string_view etag) noexcept {
        return etag.size() < 2 ? std::string_view{} : etag.substr(1, etag.size() - 2);
    }

    static tag_list exclusions(const http::request_context& context) {
        return parse_tags(context.request.header(http::field::if_none_match), without_coding);
    }

    static http::response malformed(http::request_context& context, const char* header) {
        return http::problem(
            context, error{errc::malformed_request, {{header, "must be * or a list of quoted entity tags"}}});
    }

    static http::response unmet(http::request_context& context, const char* message) {
        error out{errc::precondition_failed};
        out.message = message;
        return http::problem(context, out);
    }

    static std::optional<http::response> before_update(http::request_context& context, const tag_list& excluded) {
        const auto header = context.request.header(http::field::if_match);
        if (header.empty())
            return http::problem(context, errc::precondition_required);
        auto tags = parse_tags(header, without_coding);
        if (tags.malformed)
            return malformed(context, "If-Match");
        // Which version is there is not known here, and a write that may be excluded is not done.
        if (tags.any && !(excluded.strong.empty() && excluded.weak.empty()))
            return unmet(context, "Where If-None-Match excludes versions, If-Match has to name the one that is meant.");
        // Nothing matches once all that is there is excluded: the handler decides between 412 and 404.
        std::erase_if(
            tags.strong, [&](const std::string& tag) { return names(excluded, tag) || contains(excluded.weak, tag); });
        context.condition = {tags.any && !excluded.any, std::move(tags.strong)};
        return std::nullopt;
    }

    // What is written to has no tag, as a collection that something is created in, and is there.
    static std::optional<http::response> before_other(http::request_context& context, const tag_list& excluded) {
        const auto required = parse_tags(context.request.header(http::field::if_match), without_coding);
        if (required.malformed)
            return malformed(context, "If-Match");
        if (!required.strong.empty() || !required.weak.empty())
            return unmet(context, "If-Match names a version, and what this writes to has none.");
        if (excluded.any)
            return unmet(context, "If-None-Match: * asks for a target that is not there.");
        return std::nullopt;
    }

    // Weak comparison (RFC 9110 section 13.1.2), with the tag of the bytes that would be sent: a cache that holds
    // others has no use for a 304.
    static bool unchanged(std::string_view if_none_match, std::string_view opaque) {
        const auto tags = parse_tags(if_none_match, as_it_is);
        return names(tags, opaque) || contains(tags.weak, opaque);
    }
};

} // namespace

step conditional() {
    return std::make_shared<conditional_step>();
}

} // namespace bursar::middleware
