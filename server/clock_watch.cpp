#include "server/clock_watch.hpp"

namespace bursar::server {

using namespace std::chrono;

clock_watch::offset clock_watch::offset_of(const clock_reading& at) {
    return duration_cast<offset>(at.wall.time_since_epoch() - at.monotonic.time_since_epoch());
}

bool clock_watch::goes_on(const mark& from, const clock_reading& at) {
    const auto allowed = duration_cast<offset>(tolerance + (at.monotonic - from.last) / 1000);
    const auto step = offset_of(at) - from.apart;
    return step <= allowed && -step <= allowed;
}

bool clock_watch::believes(const clock_reading& at) {
    if (!believed_ || goes_on(*believed_, at)) {
        candidate_.reset();
        return true;
    }
    if (!candidate_ || !goes_on(*candidate_, at))
        candidate_ = mark{offset_of(at), at.monotonic, at.monotonic};
    candidate_->apart = offset_of(at);
    candidate_->last = at.monotonic;
    return at.monotonic - candidate_->since >= settling;
}

void clock_watch::confirm(const clock_reading& at) {
    believed_ = mark{offset_of(at), at.monotonic, at.monotonic};
    candidate_.reset();
}

} // namespace bursar::server
