// Strong ETags made of versions. A plain representation is "<version>"; one that includes comments is
// "<version>.<comment count>", because a comment changes what it shows and not the ticket. Either names the version
// that an update starts from.
#pragma once

#include "db/repositories/page.hpp"
#include "server/http/context.hpp"

#include <cstdint>
#include <string>

namespace bursar::handlers {

// With the quotes, as the header has it.
std::string entity_tag(std::int64_t version);
std::string entity_tag(std::int64_t version, std::int64_t comment_count);

// The versions that If-Match names; nullopt for "*". A tag that entity_tag never makes matches nothing.
db::repositories::expected_versions versions_of(const server::http::if_match& condition);

} // namespace bursar::handlers
