// A file system of its own in memory, so small that it can be filled, for whoever PostgreSQL runs as. Takes root; gone
// with the object.
#pragma once

#include <cstddef>
#include <string>

namespace bursar::tests {

class small_disk {
public:
    // Whether this process may make one.
    static bool possible();

    explicit small_disk(std::size_t bytes); // throws std::runtime_error
    ~small_disk();
    small_disk(const small_disk&) = delete;
    small_disk& operator=(const small_disk&) = delete;

    const std::string& folder() const noexcept { return folder_; }

    // To the last byte, until room is made again.
    void fill() const;
    void make_room() const;

private:
    std::string folder_;
};

} // namespace bursar::tests
