#include "server/time.hpp"

#include <array>
#include <cstdio>

namespace bursar::server {

namespace {

using namespace std::chrono;

// Writes exactly Width digits at out and returns where the next character goes.
template <std::size_t Width>
char* write_padded(unsigned value, char* out) noexcept {
    for (std::size_t i = Width; i > 0; --i, value /= 10)
        out[i - 1] = static_cast<char>('0' + value % 10);
    return out + Width;
}

// Takes exactly `width` digits from the front of text.
std::optional<int> take_number(std::string_view& text, std::size_t width) noexcept {
    if (text.size() < width)
        return std::nullopt;
    int value = 0;
    for (std::size_t i = 0; i < width; ++i) {
        if (text[i] < '0' || text[i] > '9')
            return std::nullopt;
        value = value * 10 + (text[i] - '0');
    }
    text.remove_prefix(width);
    return value;
}

bool take(std::string_view& text, char c) noexcept {
    if (text.empty() || text.front() != c)
        return false;
    text.remove_prefix(1);
    return true;
}

} // namespace

void append_rfc3339(std::string& out, timestamp at) {
    const auto day = floor<days>(at);
    const year_month_day date{day};
    const auto time = (at - day).count();
    const auto second = static_cast<unsigned>(time / 1'000'000);
    std::array<char, 27> text;
    char* to = write_padded<4>(static_cast<unsigned>(static_cast<int>(date.year())), text.data());
    *to++ = '-';
    to = write_padded<2>(static_cast<unsigned>(date.month()), to);
    *to++ = '-';
    to = write_padded<2>(static_cast<unsigned>(date.day()), to);
    *to++ = 'T';
    to = write_padded<2>(second / 3600, to);
    *to++ = ':';
    to = write_padded<2>(second / 60 % 60, to);
    *to++ = ':';
    to = write_padded<2>(second % 60, to);
    *to++ = '.';
    to = write_padded<6>(static_cast<unsigned>(time % 1'000'000), to);
    *to = 'Z';
    out.append(text.data(), text.size());
}

std::string to_rfc3339(timestamp at) {
    std::string out;
    out.reserve(27);
    append_rfc3339(out, at);
    return out;
}

namespace {

std::optional<year_month_day> take_date(std::string_view& text) noexcept {
    const auto y = take_number(text, 4);
    if (!y || !take(text, '-'))
        return std::nullopt;
    const auto m = take_number(text, 2);
    if (!m || !take(text, '-'))
        return std::nullopt;
    const auto d = take_number(text, 2);
    if (!d)
        return std::nullopt;
    const year_month_day date{year{*y}, month{static_cast<unsigned>(*m)}, day{static_cast<unsigned>(*d)}};
    return date.ok() ? std::optional{date} : std::nullopt;
}

// ".5", in microseconds; what is finer is cut off. Zero when there is no point.
std::optional<microseconds> take_fraction(std::string_view& text) noexcept {
    if (!take(text, '.'))
        return microseconds{0};
    long out = 0;
    std::size_t count = 0;
    for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; text.remove_prefix(1), ++count)
        if (count < 6)
            out = out * 10 + (text.front() - '0');
    if (count == 0)
        return std::nullopt;
    for (; count < 6; ++count)
        out *= 10;
    return microseconds{out};
}

// "Z" or "+05:30".
std::optional<minutes> take_offset(std::string_view& text) noexcept {
    if (take(text, 'Z') || take(text, 'z'))
        return minutes{0};
    const bool west = take(text, '-');
    if (!west && !take(text, '+'))
        return std::nullopt;
    const auto h = take_number(text, 2);
    if (!h || !take(text, ':'))
        return std::nullopt;
    const auto m = take_number(text, 2);
    if (!m || *h > 23 || *m > 59)
        return std::nullopt;
    const minutes out{*h * 60 + *m};
    return west ? -out : out;
}

// The minutes at whose end leap seconds are put in: the last ones of June and December.
bool may_have_leap_second(sys_time<minutes> at) noexcept {
    const auto day = floor<days>(at);
    const year_month_day date{day};
    const auto of_year = date.month() / date.day();
    return at - day == hours{23} + minutes{59} && (of_year == June / 30 || of_year == December / 31);
}

} // namespace

std::optional<timestamp> parse_rfc3339(std::string_view text) noexcept {
    const auto date = take_date(text);
    if (!date || !(take(text, 'T') || take(text, 't')))
        return std::nullopt;
    const auto hour = take_number(text, 2);
    if (!hour || !take(text, ':'))
        return std::nullopt;
    const auto minute = take_number(text, 2);
    if (!minute || !take(text, ':'))
        return std::nullopt;
    const auto second = take_number(text, 2);
    if (!second || *hour > 23 || *minute > 59 || *second > 60)
        return std::nullopt;
    const auto fraction = take_fraction(text);
    const auto offset = fraction ? take_offset(text) : std::nullopt;
    if (!offset || !text.empty())
        return std::nullopt;
    const auto at = sys_days{*date} + hours{*hour} + minutes{*minute} - *offset;
    if (*second < 60)
        return at + seconds{*second} + *fraction;
    if (!may_have_leap_second(at))
        return std::nullopt;
    return at + minutes{1} - microseconds{1};
}

std::optional<year_month> parse_month(std::string_view text) noexcept {
    const auto y = take_number(text, 4);
    if (!y || *y < 1900 || !take(text, '-'))
        return std::nullopt;
    const auto m = take_number(text, 2);
    if (!m || !text.empty())
        return std::nullopt;
    const year_month out{year{*y}, month{static_cast<unsigned>(*m)}};
    return out.ok() ? std::optional{out} : std::nullopt;
}

std::string to_string(year_month month) {
    std::array<char, 7> text;
    char* to = write_padded<4>(static_cast<unsigned>(static_cast<int>(month.year())), text.data());
    *to++ = '-';
    write_padded<2>(static_cast<unsigned>(month.month()), to);
    return {text.data(), text.size()};
}

std::string to_http_date(sys_seconds at) {
    static constexpr std::array<const char*, 7> day_names{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr std::array<const char*, 12> month_names{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                             "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto day = floor<days>(at);
    const year_month_day date{day};
    const hh_mm_ss time{at - day};
    std::array<char, 40> out{};
    const int length = std::snprintf(
        out.data(), out.size(), "%s, %02u %s %04d %02d:%02d:%02d GMT", day_names[weekday{day}.c_encoding()],
        static_cast<unsigned>(date.day()), month_names[static_cast<unsigned>(date.month()) - 1],
        static_cast<int>(date.year()), static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
        static_cast<int>(time.seconds().count()));
    return {out.data(), static_cast<std::size_t>(length)};
}

} // namespace bursar::server
