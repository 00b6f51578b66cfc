#include "server/posix_time_zone.hpp"

namespace bursar::server {

using namespace std::chrono;

namespace {

// Reads from the front of a text.
class scanner {
public:
    explicit scanner(std::string_view text) noexcept
        : rest_(text) {}

    bool done() const noexcept { return rest_.empty(); }

    bool take(char c) noexcept {
        if (rest_.empty() || rest_.front() != c)
            return false;
        rest_.remove_prefix(1);
        return true;
    }

    bool name() noexcept {
        const auto before = rest_.size();
        if (take('<')) {
            const auto end = rest_.find('>');
            if (end == std::string_view::npos)
                return false;
            rest_.remove_prefix(end + 1);
            return true;
        }
        while (!rest_.empty() && is_letter(rest_.front()))
            rest_.remove_prefix(1);
        return before - rest_.size() >= 3;
    }

    std::optional<int> number(int least, int most) noexcept {
        int value = 0;
        bool any = false;
        for (; !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9' && value < 10'000; any = true) {
            value = value * 10 + (rest_.front() - '0');
            rest_.remove_prefix(1);
        }
        return any && value >= least && value <= most ? std::optional{value} : std::nullopt;
    }

    // [+-]hh[:mm[:ss]], up to a week.
    std::optional<seconds> time() noexcept {
        const bool negative = take('-');
        if (!negative)
            take('+');
        const auto h = number(0, 167);
        const auto m = h && take(':') ? number(0, 59) : std::optional{0};
        const auto s = m && take(':') ? number(0, 59) : std::optional{0};
        if (!h || !m || !s)
            return std::nullopt;
        const seconds value = hours{*h} + minutes{*m} + seconds{*s};
        return negative ? -value : value;
    }

    std::optional<posix_rule> rule() noexcept {
        posix_rule out;
        std::optional<int> month{0}, week{0}, day;
        if (take('M')) {
            month = number(1, 12);
            week = take('.') ? number(1, 5) : std::nullopt;
            day = take('.') ? number(0, 6) : std::nullopt;
        } else {
            out.kind = take('J') ? posix_rule::form::julian : posix_rule::form::zero_based;
            day = out.kind == posix_rule::form::julian ? number(1, 365) : number(0, 365);
        }
        const auto at = take('/') ? time() : std::optional{out.time};
        if (!month || !week || !day || !at)
            return std::nullopt;
        out.month = *month;
        out.week = *week;
        out.day = *day;
        out.time = *at;
        return out;
    }

private:
    static bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

    std::string_view rest_;
};

} // namespace

local_seconds posix_rule::in(year y) const noexcept {
    local_days at;
    if (kind == form::month_week_day) {
        const auto of_week = weekday{static_cast<unsigned>(day)};
        const auto of_year = y / std::chrono::month{static_cast<unsigned>(month)};
        at = week == 5 ? local_days{of_year / of_week[last]}
                       : local_days{of_year / of_week[static_cast<unsigned>(week)]};
    } else {
        // Of J1 to J365 no day is 29 February.
        const bool skipped = kind == form::julian && y.is_leap() && day >= 60;
        at = local_days{y / January / 1} + days{kind == form::julian ? day - 1 + (skipped ? 1 : 0) : day};
    }
    return at + time;
}

// Offsets in the text are west of UTC.
std::optional<posix_time_zone> parse_posix_time_zone(std::string_view text) noexcept {
    scanner in{text};
    posix_time_zone out;
    const auto standard = in.name() ? in.time() : std::nullopt;
    if (!standard)
        return std::nullopt;
    out.standard = -*standard;
    if (in.done())
        return out;
    if (!in.name())
        return std::nullopt;
    auto& saving = out.daylight.emplace();
    saving.offset = out.standard + hours{1};
    if (!in.take(',')) {
        const auto offset = in.time();
        if (!offset || !in.take(','))
            return std::nullopt;
        saving.offset = -*offset;
    }
    const auto from = in.rule();
    const auto until = from && in.take(',') ? in.rule() : std::nullopt;
    if (!until || !in.done())
        return std::nullopt;
    saving.from = *from;
    saving.until = *until;
    return out;
}

} // namespace bursar::server
