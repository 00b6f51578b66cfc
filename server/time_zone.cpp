#include "server/time_zone.hpp"

#include "server/posix_time_zone.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace bursar::server {

using namespace std::chrono;

namespace {

// Rules without end are written out up to here; then the last offset stands.
constexpr auto last_year = year{2200};

std::int64_t big_endian(std::string_view bytes) noexcept {
    auto value = static_cast<std::uint64_t>(static_cast<std::int64_t>(static_cast<signed char>(bytes.front())));
    for (const char c : bytes.substr(1))
        value = value << 8U | static_cast<std::uint8_t>(c);
    return static_cast<std::int64_t>(value);
}

// Of TZif: the numbers behind the magic, and what they say of the size of a block.
struct header {
    static constexpr std::size_t size = 44;
    char version = 0;
    std::size_t utc_indicators = 0, standard_indicators = 0, leaps = 0, times = 0, types = 0, characters = 0;

    static std::optional<header> read(std::string_view from) noexcept {
        if (from.size() < size || !from.starts_with("TZif"))
            return std::nullopt;
        header out;
        out.version = from[4];
        std::size_t at = 20;
        for (auto* count :
             {&out.utc_indicators, &out.standard_indicators, &out.leaps, &out.times, &out.types, &out.characters}) {
            const auto value = big_endian(from.substr(at, 4));
            if (value < 0 || value > 100'000)
                return std::nullopt;
            *count = static_cast<std::size_t>(value);
            at += 4;
        }
        return out;
    }

    std::size_t block(std::size_t time_size) const noexcept {
        return times * (time_size + 1) + types * 6 + characters + leaps * (time_size + 4) + standard_indicators +
               utc_indicators;
    }
};

// Names are paths: none may lead out of the folder, nor to the editions that count leap seconds.
bool is_zone_name(std::string_view name) noexcept {
    const auto fits = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' || c == '_' ||
               c == '+' || c == '-';
    };
    return !name.empty() && name.size() <= 64 && name.front() != '/' && std::all_of(name.begin(), name.end(), fits) &&
           !name.starts_with("right/") && !name.starts_with("posix/");
}

} // namespace

std::optional<time_zone> time_zone::load(std::string_view name) {
    if (!is_zone_name(name))
        return std::nullopt;
    const char* folder = std::getenv("TZDIR"); // NOLINT(concurrency-mt-unsafe): nothing sets it
    std::ifstream file{(folder == nullptr ? "/usr/share/zoneinfo" : std::string{folder}) + "/" + std::string{name}};
    std::ostringstream bytes;
    if (!file || !(bytes << file.rdbuf()))
        return std::nullopt;
    return parse(bytes.str());
}

// The block of version 1 has 32 bits for a time and is passed over for that of 64 bits.
std::optional<time_zone> time_zone::parse(std::string_view tzif) {
    auto head = header::read(tzif);
    std::size_t time_size = 4;
    if (head && head->version >= '2') {
        time_size = 8;
        tzif.remove_prefix(std::min(tzif.size(), header::size + head->block(4)));
        head = header::read(tzif);
    }
    if (!head || tzif.size() < header::size + head->block(time_size) || head->types == 0)
        return std::nullopt;
    time_zone out{0s};
    if (!out.read_transitions(tzif, time_size))
        return std::nullopt;
    auto footer = tzif.substr(header::size + head->block(time_size));
    if (time_size == 8 && footer.size() > 2 && footer.front() == '\n') {
        footer.remove_prefix(1);
        if (!out.add_rules(footer.substr(0, footer.find('\n'))))
            return std::nullopt;
    }
    return out;
}

bool time_zone::read_transitions(std::string_view block, std::size_t time_size) {
    const auto head = *header::read(block);
    const auto times = block.substr(header::size);
    const auto indexes = times.substr(head.times * time_size);
    const auto types = indexes.substr(head.times);
    const auto offset_of = [&](std::size_t type) { return seconds{big_endian(types.substr(type * 6, 4))}; };
    first_ = offset_of(0);
    for (std::size_t i = 0; i < head.times; ++i) {
        const auto type = static_cast<std::uint8_t>(indexes[i]);
        if (type >= head.types)
            return false;
        transitions_.push_back(
            {sys_seconds{seconds{big_endian(times.substr(i * time_size, time_size))}}, offset_of(type)});
    }
    return std::is_sorted(
        transitions_.begin(), transitions_.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
}

bool time_zone::add_rules(std::string_view posix) {
    const auto rules = parse_posix_time_zone(posix);
    if (!rules)
        return false;
    const auto known = transitions_.empty() ? sys_seconds::min() : transitions_.back().at;
    if (!rules->daylight) {
        if (transitions_.empty())
            first_ = rules->standard;
        return true;
    }
    const auto first = transitions_.empty() ? year{1970} : year_month_day{floor<days>(known)}.year();
    std::vector<transition> more;
    for (auto y = first; y <= last_year; ++y) {
        const auto& saving = *rules->daylight;
        more.push_back({sys_seconds{saving.from.in(y).time_since_epoch() - rules->standard}, saving.offset});
        more.push_back({sys_seconds{saving.until.in(y).time_since_epoch() - saving.offset}, rules->standard});
    }
    std::sort(more.begin(), more.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
    for (const auto& each : more)
        if (each.at > known)
            transitions_.push_back(each);
    return true;
}

seconds time_zone::offset_at(sys_seconds at) const noexcept {
    const auto after = std::upper_bound(
        transitions_.begin(), transitions_.end(), at, [](sys_seconds t, const transition& e) { return t < e.at; });
    return after == transitions_.begin() ? first_ : std::prev(after)->offset;
}

// A clock on the wall is never more than a day or so from UTC, so all that matters happens within two.
time_zone::sys_seconds time_zone::to_sys(local_seconds shown) const noexcept {
    const sys_seconds around{shown.time_since_epoch()};
    auto offset = offset_at(around - days{2});
    auto next = std::upper_bound(
        transitions_.begin(), transitions_.end(), around - days{2},
        [](sys_seconds t, const transition& e) { return t < e.at; });
    for (; next != transitions_.end(); offset = next->offset, ++next) {
        if (around - offset < next->at)
            break; // shown before the transition
        if (around - next->offset < next->at)
            return next->at; // jumped over by it
    }
    return around - offset;
}

} // namespace bursar::server
