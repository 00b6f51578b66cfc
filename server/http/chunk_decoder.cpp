#include "server/hex.hpp"
#include "server/http/characters.hpp"
#include "server/http/gate.hpp"

namespace bursar::server::http {

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
    case state::extension:
    case state::size_lf: return step_size(c);
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
    } else if (state_ == state::extension) {
        if (c == '\r')
            state_ = state::size_lf;
        else if (!is(static_cast<char>(c), value_char))
            refuse("a chunk extension has a control character");
        else
            spend();
    } else if (hex_digit(static_cast<char>(c)) >= 0) {
        if (state_ == state::size_first)
            left_ = digits_ = 0;
        state_ = state::size;
        size_digit(c);
    } else if (state_ == state::size && c == ';') {
        state_ = state::extension;
    } else if (state_ == state::size && c == '\r') {
        state_ = state::size_lf;
    } else {
        refuse("a chunk size is not hexadecimal");
    }
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
