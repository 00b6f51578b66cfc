// The keys that sign access tokens, in a JWKS file that all processes of an installation share. Each key has a time
// from which it signs ("signs_from", seconds since 1970); the newest whose time has come does. All of them verify. So a
// new key is known everywhere before it is used, and an old one is known for as long as its tokens live: rotation logs
// nobody out.
#pragma once

#include "server/identity/json_web_key.hpp"
#include "server/time.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace bursar::server {

class signing_keys {
public:
    // Without a file: one key that lives as long as the object. Throws std::runtime_error when the file cannot be used.
    explicit signing_keys(std::string path);

    // Reads the file again if it was written. On failure the keys stay as they are.
    result<> refresh();

    const json_web_key& current() const noexcept;
    const json_web_key* find(std::string_view id) const noexcept;

    // The public halves as a JWKS.
    std::string public_set() const;

    // Adds a key to the file, which is made when it is not there. The first one signs at once, another after five
    // minutes. Keys that have not signed for a day are dropped. Throws unwritable_file when it cannot be written,
    // std::runtime_error when what it holds cannot be used.
    static void rotate(const std::string& path);

private:
    struct dated_key {
        json_web_key key;
        std::int64_t signs_from = 0;
    };
    static result<std::vector<dated_key>> read(const std::string& path);
    static std::string write(const std::vector<dated_key>& keys);

    std::string path_;
    std::filesystem::file_time_type written_{};
    std::vector<dated_key> keys_; // by signs_from
};

} // namespace bursar::server
