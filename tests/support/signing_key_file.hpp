// A file of signing keys as `bursar signing-keys rotate` makes it, gone with the object, and what it takes to sign
// tokens of the test's own with it.
#pragma once

#include "server/identity/json_web_key.hpp"

#include <string>

namespace bursar::tests {

class signing_key_file {
public:
    signing_key_file();
    ~signing_key_file();
    signing_key_file(const signing_key_file&) = delete;
    signing_key_file& operator=(const signing_key_file&) = delete;

    const std::string& path() const noexcept { return path_; }
    std::string text() const;
    void write(const std::string& text) const;

    // Adds another key.
    void rotate() const;

    // The nth key as it stands in the file.
    boost::json::object entry(std::size_t index) const;
    server::json_web_key key(std::size_t index = 0) const;

private:
    std::string path_;
};

// Claims of a token that is good for ten minutes.
boost::json::object good_claims(const std::string& user, const std::string& org, const std::string& session);

} // namespace bursar::tests
