// A folder of the test's own, gone with the object.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace bursar::tests {

class temporary_folder {
public:
    temporary_folder() {
        if (::mkdtemp(path_.data()) == nullptr)
            throw std::runtime_error("no folder under /tmp");
    }
    temporary_folder(const temporary_folder&) = delete;
    temporary_folder& operator=(const temporary_folder&) = delete;
    ~temporary_folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    const std::string& path() const noexcept { return path_; }

    // Writes it; its path.
    std::string file(const std::string& name, std::string_view text) const {
        auto whole = path_ + '/' + name;
        std::ofstream{whole} << text;
        return whole;
    }

private:
    std::string path_ = "/tmp/bursar-test-XXXXXX";
};

} // namespace bursar::tests
