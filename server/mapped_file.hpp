// A file read through memory, as one text. It must not be cut short meanwhile. Failures throw unreadable_file.
#pragma once

#include <string>
#include <string_view>

namespace bursar::server {

class mapped_file {
public:
    explicit mapped_file(const std::string& path);
    mapped_file(const mapped_file&) = delete;
    mapped_file& operator=(const mapped_file&) = delete;
    ~mapped_file();

    std::string_view text() const noexcept { return {data_, size_}; }

private:
    const char* data_ = nullptr;
    std::size_t size_ = 0;
};

} // namespace bursar::server
