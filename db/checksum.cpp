#include "db/checksum.hpp"

#include "server/secret.hpp"

#include <absl/strings/escaping.h>

namespace bursar::db {

std::string sha256_hex(std::string_view text) {
    const auto digest = server::sha256(text);
    return absl::BytesToHexString({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

} // namespace bursar::db
