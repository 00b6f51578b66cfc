// Accept and Accept-Encoding as RFC 9110 section 12.5 defines them: lists of ranges with q values.
#pragma once

#include <string_view>

namespace bursar::server::http {

// The quality from 0 to 1000 that an Accept value gives to a media type such as "application/json"; the most specific
// range decides. An empty Accept accepts all (1000). A malformed member counts for nothing.
unsigned quality(std::string_view accept, std::string_view media_type) noexcept;

// Whether a range of the value takes the media type in, be it with a quality of 0.
bool mentions(std::string_view accept, std::string_view media_type) noexcept;

// True when the value ranks `wanted` above `other`, or equal but naming it exactly where it does not name the other.
bool prefers(std::string_view accept, std::string_view wanted, std::string_view other) noexcept;

// The quality that an Accept-Encoding value gives to a coding such as "gzip", which is x-gzip as well (RFC 9110
// sections 12.5.3 and 8.4.1.3).
unsigned coding_quality(std::string_view accept_encoding, std::string_view coding) noexcept;

// How an answer may be sent that is there as it is and can be gzipped. identity: as it is. gzip: gzipped where that
// pays. only_gzip: identity is refused (q=0). none: both are.
enum class packing { identity, gzip, only_gzip, none };
packing choose_packing(std::string_view accept_encoding) noexcept;

// Whether a Content-Encoding names nothing but identity.
bool only_identity(std::string_view content_encoding) noexcept;

// "application/json; charset=utf-8" → "application/json", without surrounding spaces.
std::string_view without_parameters(std::string_view content_type) noexcept;

} // namespace bursar::server::http
