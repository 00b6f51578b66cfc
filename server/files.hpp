// Files that a setting or a command names, read and written as a whole. What fails is said in one line: "NAME: why".
#pragma once

#include <cerrno>
#include <stdexcept>
#include <string>
#include <vector>

namespace bursar::server {

// It is not there, may not be read, or is none that could be.
class unreadable_file : public std::runtime_error {
public:
    unreadable_file(const std::string& name, const std::string& why)
        : std::runtime_error(name + ": " + why) {}
    // Why: what errno says.
    unreadable_file(const std::string& name, int error);
};

class unwritable_file : public std::runtime_error {
public:
    // made: it could be opened, and then not be written.
    unwritable_file(const std::string& name, int error, bool made);

    bool made() const noexcept { return made_; }

private:
    bool made_;
};

// All of it; of a pipe, up to its end. Throws unreadable_file.
std::string read_file(const std::string& name);

// Behind what the file holds, which is made when it is not there; on the disk when the call returns. Throws
// unwritable_file.
void append_to_file(const std::string& name, const std::vector<std::string>& texts);

// In place of what the file held: whole or not at all, and for its owner's eyes alone. Another owner keeps what they
// own. Throws unwritable_file.
void replace_private_file(const std::string& name, const std::string& text);

} // namespace bursar::server
