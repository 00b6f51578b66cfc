#include "server/mapped_file.hpp"

#include "server/files.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace bursar::server {

mapped_file::mapped_file(const std::string& path) {
    const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0)
        throw unreadable_file{path, errno};
    struct stat about {};
    const bool found = fstat(file, &about) == 0;
    const bool regular = found && S_ISREG(about.st_mode);
    void* at = MAP_FAILED;
    size_ = static_cast<std::size_t>(about.st_size);
    if (regular && size_ > 0)
        at = mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file, 0);
    const int reason = errno;
    close(file);
    if (found && S_ISDIR(about.st_mode))
        throw unreadable_file{path, EISDIR};
    if (found && !regular)
        throw unreadable_file{path, "not a regular file"};
    if (!found || (size_ > 0 && at == MAP_FAILED))
        throw unreadable_file{path, reason};
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
