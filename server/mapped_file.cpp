#include "server/mapped_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace bursar::server {

namespace {

[[noreturn]] void fail(const std::string& path) {
    throw std::system_error{errno, std::generic_category(), path};
}

} // namespace

mapped_file::mapped_file(const std::string& path) {
    const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0)
        fail(path);
    struct stat about {};
    void* at = MAP_FAILED;
    bool fine = fstat(file, &about) == 0;
    if (fine && !S_ISREG(about.st_mode)) {
        errno = EINVAL;
        fine = false;
    }
    size_ = static_cast<std::size_t>(about.st_size);
    if (fine && size_ > 0) {
        at = mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file, 0);
        fine = at != MAP_FAILED;
    }
    const int reason = errno;
    close(file);
    errno = reason;
    if (!fine)
        fail(path);
    if (size_ > 0) {
        data_ = static_cast<const char*>(at);
        madvise(at, size_, MADV_SEQUENTIAL);
    }
}

mapped_file::~mapped_file() {
    if (data_ != nullptr)
        munmap(const_cast<char*>(data_), size_);
}

} // namespace bursar::server
