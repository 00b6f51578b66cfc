#include "server/http/media_type.hpp"

#include "server/ascii.hpp"
#include "server/http/headers.hpp"

#include <optional>

namespace bursar::server::http {

namespace {

// Takes what stands before the next separator off the front of rest.
std::string_view take(std::string_view& rest, char separator) noexcept {
    const auto end = rest.find(separator);
    const auto part = trim(rest.substr(0, end));
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
    return part;
}

// "0", "0.5", "1.000" in thousandths.
std::optional<unsigned> parse_q(std::string_view text) noexcept {
    if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1'))
        return std::nullopt;
    auto value = static_cast<unsigned>(text[0] - '0') * 1000;
    if (text.size() > 1 && text[1] != '.')
        return std::nullopt;
    unsigned scale = 100;
    for (std::size_t i = 2; i < text.size(); ++i, scale /= 10) {
        if (text[i] < '0' || text[i] > '9')
            return std::nullopt;
        value += static_cast<unsigned>(text[i] - '0') * scale;
    }
    return value <= 1000 ? std::optional{value} : std::nullopt;
}

// The q of a member's parameters; 1000 when there is none.
std::optional<unsigned> weight(std::string_view parameters) noexcept {
    while (!parameters.empty()) {
        auto parameter = take(parameters, ';');
        const auto name = take(parameter, '=');
        if (iequals(name, "q"))
            return parse_q(parameter);
    }
    return 1000;
}

struct match {
    unsigned quality = 0;
    int specificity = -1; // 2 exact, 1 type/*, 0 */*, -1 none
};

int specificity(std::string_view range, std::string_view media_type) noexcept {
    if (iequals(range, media_type))
        return 2;
    const auto slash = media_type.find('/');
    if (range.size() == slash + 2 && range.back() == '*' &&
        iequals(range.substr(0, slash + 1), media_type.substr(0, slash + 1)))
        return 1;
    return range == "*/*" ? 0 : -1;
}

match best_match(std::string_view accept, std::string_view media_type) noexcept {
    match best;
    while (!accept.empty()) {
        auto parameters = take(accept, ',');
        const auto range = take(parameters, ';');
        const int level = specificity(range, media_type);
        const auto q = weight(parameters);
        if (q && level > best.specificity)
            best = {*q, level};
    }
    return best;
}

struct coding_match {
    std::optional<unsigned> quality; // none when nothing takes the coding in
    bool named = false;              // and not only an asterisk
};

coding_match coding_weight(std::string_view accept_encoding, std::string_view coding) noexcept {
    coding_match found;
    while (!accept_encoding.empty()) {
        auto parameters = take(accept_encoding, ',');
        const auto name = take(parameters, ';');
        const auto q = weight(parameters).value_or(0);
        if (iequals(name, coding) || (coding == "gzip" && iequals(name, "x-gzip")))
            return {q, true};
        if (name == "*")
            found.quality = q;
    }
    return found;
}

} // namespace

unsigned quality(std::string_view accept, std::string_view media_type) noexcept {
    return trim(accept).empty() ? 1000 : best_match(accept, media_type).quality;
}

bool mentions(std::string_view accept, std::string_view media_type) noexcept {
    return best_match(accept, media_type).specificity >= 0;
}

bool prefers(std::string_view accept, std::string_view wanted, std::string_view other) noexcept {
    const auto a = best_match(accept, wanted);
    const auto b = best_match(accept, other);
    return a.quality > b.quality || (a.quality > 0 && a.quality == b.quality && a.specificity > b.specificity);
}

unsigned coding_quality(std::string_view accept_encoding, std::string_view coding) noexcept {
    return coding_weight(accept_encoding, coding).quality.value_or(0);
}

packing choose_packing(std::string_view accept_encoding) noexcept {
    const auto gzip = coding_quality(accept_encoding, "gzip");
    const auto identity = coding_weight(accept_encoding, "identity");
    // Identity need not be named to be taken; it is refused by its name, or by an asterisk when it is not named.
    if (identity.quality == 0U)
        return gzip > 0 ? packing::only_gzip : packing::none;
    const bool rather_as_it_is = identity.named && *identity.quality > gzip;
    return gzip == 0 || rather_as_it_is ? packing::identity : packing::gzip;
}

bool only_identity(std::string_view content_encoding) noexcept {
    while (!content_encoding.empty())
        if (const auto each = take(content_encoding, ','); !each.empty() && !iequals(each, "identity"))
            return false;
    return true;
}

std::string_view without_parameters(std::string_view content_type) noexcept {
    return trim(content_type.substr(0, content_type.find(';')));
}

} // namespace bursar::server::http
