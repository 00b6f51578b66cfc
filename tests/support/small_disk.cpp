#include "tests/support/small_disk.hpp"

#include <fcntl.h>
#include <pwd.h>
#include <sys/mount.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <stdexcept>

namespace bursar::tests {

namespace {

bool mount_at(const std::string& folder, std::size_t bytes) {
    const auto* const as = getpwnam("postgres");
    if (as == nullptr)
        return false;
    const auto options = "size=" + std::to_string(bytes) + ",mode=0700,uid=" + std::to_string(as->pw_uid) +
                         ",gid=" + std::to_string(as->pw_gid);
    return mount("tmpfs", folder.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, options.c_str()) == 0;
}

std::string make_folder() {
    char name[] = "/tmp/bursar-disk-XXXXXX";
    if (mkdtemp(name) == nullptr)
        throw std::runtime_error("no temporary folder");
    return name;
}

void remove_mounted(const std::string& folder) {
    umount2(folder.c_str(), MNT_DETACH);
    rmdir(folder.c_str());
}

} // namespace

bool small_disk::possible() {
    if (geteuid() != 0)
        return false;
    const auto folder = make_folder();
    const bool mounted = mount_at(folder, 65536);
    remove_mounted(folder);
    return mounted;
}

small_disk::small_disk(std::size_t bytes)
    : folder_(make_folder()) {
    if (!mount_at(folder_, bytes)) {
        rmdir(folder_.c_str());
        throw std::runtime_error("no small disk");
    }
}

small_disk::~small_disk() {
    remove_mounted(folder_);
}

void small_disk::fill() const {
    const int file = open((folder_ + "/ballast").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (file < 0)
        throw std::runtime_error("no ballast");
    static const std::array<char, 4096> page{};
    while (write(file, page.data(), page.size()) > 0) {
    }
    close(file);
}

void small_disk::make_room() const {
    unlink((folder_ + "/ballast").c_str());
}

} // namespace bursar::tests
