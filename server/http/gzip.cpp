#include "server/http/gzip.hpp"

#include <zlib.h>

namespace bursar::server::http {

namespace {

constexpr int gzip_window = 15 + 16; // zlib's largest window, with a gzip header

} // namespace

std::string gzip(std::string_view text, int level) {
    z_stream stream{};
    if (::deflateInit2(&stream, level, Z_DEFLATED, gzip_window, 8, Z_DEFAULT_STRATEGY) != Z_OK)
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

} // namespace bursar::server::http
