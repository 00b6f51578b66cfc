#include "server/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>
#include <system_error>
#include <utility>

namespace bursar::server {

namespace {

std::string text_of(int error) {
    return std::generic_category().message(error);
}

class descriptor {
public:
    explicit descriptor(int number) noexcept
        : number_(number) {}
    descriptor(const descriptor&) = delete;
    descriptor& operator=(const descriptor&) = delete;
    ~descriptor() { close(); }

    int get() const noexcept { return number_; }
    bool close() noexcept { return number_ < 0 || ::close(std::exchange(number_, -1)) == 0; }

private:
    int number_;
};

bool write_all(int file, std::string_view text) noexcept {
    while (!text.empty()) {
        const auto n = ::write(file, text.data(), text.size());
        if (n < 0 && errno != EINTR)
            return false;
        text.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
    }
    return true;
}

// A terminal or a pipe has nothing to be brought to a disk.
bool sync(int file) noexcept {
    return ::fsync(file) == 0 || errno == EINVAL || errno == EROFS;
}

} // namespace

unreadable_file::unreadable_file(const std::string& name, int error)
    : unreadable_file(name, text_of(error)) {}

unwritable_file::unwritable_file(const std::string& name, int error, bool made)
    : std::runtime_error(name + ": " + text_of(error))
    , made_(made) {}

std::string read_file(const std::string& name) {
    const descriptor file{::open(name.c_str(), O_RDONLY | O_CLOEXEC)};
    if (file.get() < 0)
        throw unreadable_file{name, errno};
    std::string out;
    std::array<char, 16384> piece; // NOLINT(cppcoreguidelines-pro-type-member-init): read into
    for (;;) {
        const auto n = ::read(file.get(), piece.data(), piece.size());
        if (n < 0 && errno != EINTR)
            throw unreadable_file{name, errno};
        if (n == 0)
            return out;
        out.append(piece.data(), static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
    }
}

void append_to_file(const std::string& name, const std::vector<std::string>& texts) {
    descriptor file{::open(name.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644)};
    if (file.get() < 0)
        throw unwritable_file{name, errno, false};
    for (const auto& each : texts)
        if (!write_all(file.get(), each))
            throw unwritable_file{name, errno, true};
    if (!sync(file.get()) || !file.close())
        throw unwritable_file{name, errno, true};
}

void replace_private_file(const std::string& name, const std::string& text) {
    const auto fresh = name + ".new";
    if (::unlink(fresh.c_str()) != 0 && errno != ENOENT)
        throw unwritable_file{fresh, errno, false};
    descriptor file{::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
    if (file.get() < 0)
        throw unwritable_file{fresh, errno, false};
    struct stat of {};
    const bool replaces = ::stat(name.c_str(), &of) == 0;
    if (!write_all(file.get(), text) || (replaces && ::fchown(file.get(), of.st_uid, of.st_gid) != 0) ||
        !sync(file.get()) || !file.close())
        throw unwritable_file{fresh, errno, true};
    if (::rename(fresh.c_str(), name.c_str()) != 0)
        throw unwritable_file{name, errno, true};
}

} // namespace bursar::server
