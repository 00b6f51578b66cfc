// Preloaded before libfaketime, which takes timers of the monotonic clock for those of the wall: what Asio sets to fire
// at once, by an absolute time long past, would not fire while the wall clock is ahead.
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

extern "C" int timerfd_settime(int fd, int flags, const itimerspec* to, itimerspec* before) noexcept {
    return static_cast<int>(::syscall(SYS_timerfd_settime, fd, flags, to, before));
}

extern "C" int timerfd_gettime(int fd, itimerspec* now) noexcept {
    return static_cast<int>(::syscall(SYS_timerfd_gettime, fd, now));
}
