#include "server/hex.hpp"
#include "server/http/characters.hpp"
#include "server/http/gate.hpp"

namespace bursar::server::http {

namespace {

constexpr const char* not_an_extension = "a chunk extension is not a name, or a name and a value";

bool is_space(char c) noexcept {
    return c == ' ' || c == '\t';
}

} // namespace

void chunk_decoder::spend() noexcept {
    if (overhead_ == 0)
        refuse("chunk extensions or trailers beyond their bound");
    else
        --overhead_;
}

void chunk_decoder::size_digit(unsigned char c) noexcept {
    // 15 hex digits cannot overflow, zeros in front counted.
    if (++digits_ > 15)
        return refuse("a chunk size is too long");
    left_ = left_ * 16 + static_cast<std::uint64_t>(hex_digit(static_cast<char>(c)));
}

bool chunk_decoder::expect(unsigned char c, char wanted, const char* why) noexcept {
    if (c != static_cast<unsigned char>(wanted))
        refuse(why);
    return !refused_;
}

void chunk_decoder::step(unsigned char c) noexcept {
    switch (state_) {
    case state::data_cr:
        state_ = state::data_lf;
        expect(c, '\r', "chunk data is not followed by CRLF");
        return;
    case state::data_lf:
        state_ = state::size_first;
        expect(c, '\n', "chunk data is not followed by CRLF");
        return;
    case state::size_first:
    case state::size:
    case state::size_lf: return step_size(c);
    case state::extension_end:
    case state::extension_name_first:
    case state::extension_name:
    case state::extension_name_end:
    case state::extension_value_first:
    case state::extension_value:
    case state::extension_unquoted: spend(); return step_extension(static_cast<char>(c));
    case state::extension_quoted:
    case state::extension_escaped: spend(); return step_quoted(static_cast<char>(c));
    case state::trailer_first:
    case state::trailer_name:
    case state::trailer_value:
    case state::trailer_lf:
    case state::last_lf: return step_trailer(c);
    case state::data:
    case state::done: return;
    }
}

void chunk_decoder::step_size(unsigned char c) noexcept {
    if (state_ == state::size_lf) {
        if (!expect(c, '\n', "a chunk size line does not end in CRLF"))
            return;
        if (left_ > (std::uint64_t{1} << 60U) - announced_)
            return refuse("the chunks add up to too much");
        announced_ += left_;
        state_ = left_ == 0 ? state::trailer_first : state::data;
    } else if (hex_digit(static_cast<char>(c)) >= 0) {
        if (state_ == state::size_first)
            left_ = digits_ = 0;
        state_ = state::size;
        size_digit(c);
    } else if (state_ == state::size && (c == ';' || c == '\r' || is_space(static_cast<char>(c)))) {
        end_extension(static_cast<char>(c));
    } else {
        refuse("a chunk size is not hexadecimal");
    }
}

// Behind a size or a whole extension: the end of the line, or another one after white space that should not be there
// but has to be passed over (RFC 9112 section 7.1.1).
void chunk_decoder::end_extension(char c) noexcept {
    if (c == ';')
        state_ = state::extension_name_first;
    else if (is_space(c))
        state_ = state::extension_end;
    else if (c == '\r' && state_ != state::extension_end)
        state_ = state::size_lf;
    else
        refuse(not_an_extension);
}

void chunk_decoder::step_extension(char c) noexcept {
    const bool name = state_ == state::extension_name_first || state_ == state::extension_name;
    const bool first = state_ == state::extension_name_first || state_ == state::extension_value_first;
    const bool behind_name = state_ == state::extension_name || state_ == state::extension_name_end;
    if (first && is_space(c))
        return;
    if ((name || first || state_ == state::extension_value) && is(c, token_char))
        state_ = name ? state::extension_name : state::extension_value;
    else if (state_ == state::extension_value_first && c == '"')
        state_ = state::extension_quoted;
    else if (behind_name && c == '=')
        state_ = state::extension_value_first;
    else if (behind_name && is_space(c))
        state_ = state::extension_name_end;
    else if (first || (state_ == state::extension_name_end && c != ';'))
        refuse(not_an_extension);
    else
        end_extension(c);
}

void chunk_decoder::step_quoted(char c) noexcept {
    if (!is(c, value_char))
        refuse(not_an_extension);
    else if (state_ == state::extension_escaped)
        state_ = state::extension_quoted;
    else if (c == '\\')
        state_ = state::extension_escaped;
    else if (c == '"')
        state_ = state::extension_unquoted;
}

void chunk_decoder::step_trailer(unsigned char c) noexcept {
    const char ch = static_cast<char>(c);
    spend();
    if (state_ == state::last_lf) {
        if (expect(c, '\n', "the body does not end in CRLF"))
            state_ = state::done;
    } else if (state_ == state::trailer_lf) {
        if (expect(c, '\n', "a trailer line does not end in CRLF"))
            state_ = state::trailer_first;
    } else if (c == '\r' && state_ != state::trailer_name) {
        state_ = state_ == state::trailer_first ? state::last_lf : state::trailer_lf;
    } else if (state_ == state::trailer_value) {
        if (!is(ch, value_char))
            refuse("a trailer value has a control character");
    } else if (is(ch, token_char)) {
        state_ = state::trailer_name;
    } else if (c == ':' && state_ == state::trailer_name) {
        state_ = state::trailer_value;
    } else {
        refuse("a trailer name is not a token followed by a colon");
    }
}

std::size_t chunk_decoder::feed(std::string_view in, std::string* out) {
    std::size_t taken = 0;
    while (taken < in.size() && !done() && !refused_) {
        if (state_ != state::data) {
            step(static_cast<unsigned char>(in[taken++]));
            continue;
        }
        const auto part = static_cast<std::size_t>(std::min<std::uint64_t>(left_, in.size() - taken));
        if (out != nullptr)
            out->append(in.substr(taken, part));
        taken += part;
        left_ -= part;
        if (left_ == 0)
            state_ = state::data_cr;
    }
    return taken;
}

} // namespace bursar::server::http
