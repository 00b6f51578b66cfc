// Whether the wall clock has stepped: held against the monotonic one, which nobody sets. A step is not believed before
// it has stood for a while, so that a few wrong seconds do nothing for good; a step back to the time that was believed
// before is believed at once. Pure; the clocks are given.
#pragma once

#include "server/asio.hpp"
#include "server/time.hpp"

#include <optional>

namespace bursar::server {

// Both clocks at one moment.
struct clock_reading {
    timestamp wall;
    steady_clock::time_point monotonic;
};

inline clock_reading read_clocks() noexcept {
    return {now(), steady_clock::now()};
}

class clock_watch {
public:
    // What the clocks may differ by before it is a step: this, and a thousandth of the time in between, since clocks
    // that are slewed run at another speed for a while.
    static constexpr std::chrono::seconds tolerance{1};
    // How long a new time has to stand.
    static constexpr std::chrono::seconds settling{30};

    // Whether the wall clock goes on from the time that was believed last. True while none was.
    bool believes(const clock_reading& at);

    // Somebody with a clock of their own agreed to that time.
    void confirm(const clock_reading& at);

private:
    using offset = std::chrono::microseconds; // of the wall clock from the monotonic one
    struct mark {
        offset apart;
        steady_clock::time_point since;
        steady_clock::time_point last;
    };

    static offset offset_of(const clock_reading& at);
    static bool goes_on(const mark& from, const clock_reading& at);

    std::optional<mark> believed_;
    std::optional<mark> candidate_;
};

} // namespace bursar::server
