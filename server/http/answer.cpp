#include "server/http/answer.hpp"

#include "server/http/media_type.hpp"

#include <cstdint>
#include <cstring>

namespace bursar::server::http {

namespace {

constexpr std::string_view json_type = "application/json";
constexpr std::string_view problem_type = "application/problem+json";

void append_fields(std::string& out, const error& e) {
    out += "\"fields\":[";
    for (const auto& field : e.fields) {
        if (&field != &e.fields.front())
            out += ',';
        out += "{\"pointer\":";
        append_json_string(out, field.pointer);
        out += ",\"message\":";
        append_json_string(out, field.message);
        out += '}';
    }
    out += ']';
}

std::string render_envelope(const error& e, const error_description& what, std::string_view request_id) {
    std::string out = R"({"error":{"code":")";
    out += what.name;
    out += R"(","message":)";
    append_json_string(out, e.message.empty() ? what.message : std::string_view{e.message});
    if (!e.fields.empty()) {
        out += ',';
        append_fields(out, e);
    }
    out += R"(,"request_id":)";
    append_json_string(out, request_id);
    out += "}}";
    return out;
}

// RFC 9457 section 3.1, with the envelope's fields as extension members.
std::string render_problem(const error& e, const error_description& what, std::string_view request_id) {
    std::string out = R"({"type":"about:blank","title":)";
    append_json_string(out, reason_phrase(what.status));
    out += R"(,"status":)" + std::to_string(what.status) + R"(,"detail":)";
    append_json_string(out, e.message.empty() ? what.message : std::string_view{e.message});
    out += R"(,"code":")";
    out += what.name;
    out += '"';
    if (!e.fields.empty()) {
        out += ',';
        append_fields(out, e);
    }
    out += R"(,"request_id":)";
    append_json_string(out, request_id);
    out += '}';
    return out;
}

// The first byte at or after `from` that JSON wants escaped, or the end. Eight bytes at a time: a byte below 0x20, a
// quote or a backslash sets its top bit in one of three masks
// (https://graphics.stanford.edu/~seander/bithacks.html#HasLessInWord, ZeroInWord).
std::size_t plain_until(std::string_view text, std::size_t from) noexcept {
    constexpr std::uint64_t ones = 0x0101010101010101;
    constexpr std::uint64_t tops = ones << 7U;
    const auto has_zero = [](std::uint64_t word) { return (word - ones) & ~word & tops; };
    for (; from + sizeof(std::uint64_t) <= text.size(); from += sizeof(std::uint64_t)) {
        std::uint64_t word = 0;
        std::memcpy(&word, text.data() + from, sizeof word);
        const auto low = (word - ones * 0x20) & ~word & tops;
        if ((low | has_zero(word ^ ones * '"') | has_zero(word ^ ones * '\\')) != 0)
            break;
    }
    while (from < text.size() && static_cast<unsigned char>(text[from]) >= 0x20 && text[from] != '"' &&
           text[from] != '\\')
        ++from;
    return from;
}

response render(const error& e, std::string_view request_id, bool as_problem) {
    const auto& what = describe(e.code);
    response answer;
    answer.status = what.status;
    answer.code = e.code;
    answer.headers.add("Content-Type", as_problem ? problem_type : json_type);
    answer.headers.add("Cache-Control", "no-store");
    if (what.retry_after)
        answer.headers.add("Retry-After", "1");
    if (e.code == errc::unauthenticated)
        answer.headers.add("WWW-Authenticate", "Bearer");
    answer.body = as_problem ? render_problem(e, what, request_id) : render_envelope(e, what, request_id);
    return answer;
}

} // namespace

response data_answer(unsigned status, std::string_view data, std::string_view meta) {
    response answer;
    answer.status = status;
    answer.headers.add_lines("Content-Type: application/json\r\n");
    answer.body.reserve(data.size() + meta.size() + 20);
    answer.body = R"({"data":)";
    answer.body += data;
    if (!meta.empty()) {
        answer.body += R"(,"meta":)";
        answer.body += meta;
    }
    answer.body += '}';
    return answer;
}

response created_answer(std::string_view location, std::string_view data) {
    auto answer = data_answer(201, data);
    answer.headers.add("Location", location);
    return answer;
}

response no_content() {
    response answer;
    answer.status = 204;
    return answer;
}

response problem(request_context& context, const error& e) {
    context.failure = e.detail;
    const auto accept = context.request.header(field::accept);
    const bool as_problem = !accept.empty() && prefers(accept, problem_type, json_type);
    return render(e, context.request_id, as_problem);
}

response problem(const error& e, std::string_view request_id) {
    return render(e, request_id, false);
}

void append_json_string(std::string& out, std::string_view text) {
    static constexpr char hex[] = "0123456789abcdef";
    out += '"';
    std::size_t start = 0;
    for (auto i = plain_until(text, 0); i < text.size(); i = plain_until(text, i + 1)) {
        const auto c = static_cast<unsigned char>(text[i]);
        out.append(text, start, i - start);
        start = i + 1;
        switch (c) {
        case '"': out += "\\\""; break;
        case '\\': out += "\\\\"; break;
        case '\n': out += "\\n"; break;
        case '\r': out += "\\r"; break;
        case '\t': out += "\\t"; break;
        case '\b': out += "\\b"; break;
        case '\f': out += "\\f"; break;
        default:
            out += "\\u00";
            out += hex[c >> 4];
            out += hex[c & 15];
        }
    }
    out.append(text, start);
    out += '"';
}

} // namespace bursar::server::http
