#include "db/checksum.hpp"

#include "server/hex.hpp"
#include "server/secret.hpp"

namespace bursar::db {

std::string sha256_hex(std::string_view text) {
    const auto digest = server::sha256(text);
    std::string out(2 * digest.size(), '\0');
    for (std::size_t i = 0; i < digest.size(); i += 4)
        server::write_hex(&digest[i], &out[2 * i]);
    return out;
}

} // namespace bursar::db
