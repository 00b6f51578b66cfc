// The strict gate: the one reader of request heads and chunked bodies. Beast 1.81's own parser is lenient (bare CR in
// values, obs-fold, repeated Host, lists of lengths), and two readers that can disagree are how requests are smuggled,
// so every byte of a head is judged here, once, and Beast supplies the field container and the tables of names.
// Rules: RFC 9110, RFC 9112, and what design.md 5 tightens. Nothing here reads or writes: bytes in, verdict out.
#pragma once

#include "server/error.hpp"
#include "server/http/request.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bursar::server::http {

struct gate_limits {
    std::size_t target = 8U << 10U;         // bytes
    std::size_t head = 16U << 10U;          // bytes: request line, fields and blank line
    std::size_t fields = 100;               // lines
    std::size_t chunk_overhead = 8U << 10U; // bytes of extensions and trailers a body
};

// Why a request is turned away. Its connection cannot be read any further.
struct refusal {
    errc code = errc::malformed_request;
    const char* why = ""; // for the log and the client: never repeats the client's bytes
};

// For the answer: the code's standing message, and why.
error to_error(const refusal& reason);

inline constexpr std::size_t longest_method = 32; // bytes; a longer one is none that is served

// What a head says. The views point into the block it was read from.
struct request_head {
    verb method = verb::unknown;
    std::string_view method_text;
    std::string_view target;    // as sent: origin form, absolute form or "*"
    std::string_view path;      // of the target, before '?'; "*" stands for the whole server
    std::string_view query;     // of the target, after '?'
    std::string_view authority; // of a target in absolute form
    unsigned default_port = 0;  // of its scheme
    bool http_1_1 = true;
    bool keep_alive = true;
    bool expects_continue = false;
    bool chunked = false;
    std::optional<std::uint64_t> content_length;
};

// Finds the end of a head as its bytes arrive, and refuses what can be refused before the end is there: a byte that
// no request begins with, a bare LF, a block beyond its bounds. One scanner a head.
class head_scanner {
public:
    explicit head_scanner(const gate_limits& limits) noexcept
        : limits_(&limits) {}

    enum class outcome { more, complete, refused };
    // `bytes` starts where the head does and has grown since the last call.
    outcome scan(std::string_view bytes) noexcept;

    // After complete: where the head begins (one empty line before it is passed over, RFC 9112 section 2.2) and ends.
    std::size_t begin() const noexcept { return begin_; }
    std::size_t end() const noexcept { return scanned_; }
    const refusal& reason() const noexcept { return reason_; }
    bool started() const noexcept { return scanned_ > begin_; }

private:
    outcome refuse(errc code, const char* why) noexcept;
    outcome too_large(std::string_view bytes) noexcept;

    const gate_limits* limits_;
    std::size_t begin_ = 0;
    std::size_t scanned_ = 0;
    std::size_t line_ = 0; // start of the line being scanned
    std::size_t lines_ = 0;
    refusal reason_;
};

// Judges a complete block (what the scanner delimited) and fills head and fields. nullopt: well-formed. Lines of one
// name are one field, their values joined with commas (RFC 9110 section 5.3): whoever reads a field reads all of it.
std::optional<refusal> read_head(std::string_view block, const gate_limits& limits, request_head& head, fields& out);

// What Origin says in a head that need be neither whole nor well-formed; empty when it says nothing, or twice. For the
// answer to a refused one, and nothing else.
std::string_view find_origin(std::string_view head) noexcept;

// Takes a chunked body apart (RFC 9112 section 7.1). Extensions and trailers are held against their grammar, bounded
// and dropped.
class chunk_decoder {
public:
    explicit chunk_decoder(const gate_limits& limits) noexcept
        : overhead_(limits.chunk_overhead) {}

    // Takes bytes from `in`, appends data to `out` unless it is null. Returns how many were taken: all of them, unless
    // the body ended or was refused.
    std::size_t feed(std::string_view in, std::string* out);

    bool done() const noexcept { return state_ == state::done; }
    const std::optional<refusal>& refused() const noexcept { return refused_; }
    // Data bytes of the chunks announced so far.
    std::uint64_t announced() const noexcept { return announced_; }

private:
    enum class state {
        size_first,
        size,
        extension_end, // white space, which only another extension may follow
        extension_name_first,
        extension_name,
        extension_name_end, // white space behind a name
        extension_value_first,
        extension_value,
        extension_quoted,
        extension_escaped,
        extension_unquoted, // behind the closing quote
        size_lf,
        data,
        data_cr,
        data_lf,
        trailer_first,
        trailer_name,
        trailer_value,
        trailer_lf,
        last_lf,
        done
    };
    void step(unsigned char c) noexcept;
    void step_size(unsigned char c) noexcept;
    void step_extension(char c) noexcept;
    void step_quoted(char c) noexcept;
    void end_extension(char c) noexcept;
    void step_trailer(unsigned char c) noexcept;
    bool expect(unsigned char c, char wanted, const char* why) noexcept;
    void size_digit(unsigned char c) noexcept;
    void refuse(const char* why) noexcept { refused_ = refusal{errc::malformed_request, why}; }
    void spend() noexcept;

    state state_ = state::size_first;
    std::uint64_t left_ = 0;
    std::uint64_t announced_ = 0;
    unsigned digits_ = 0;
    std::size_t overhead_;
    std::optional<refusal> refused_;
};

} // namespace bursar::server::http
