#include "server/cron.hpp"

#include "server/ascii.hpp"
#include "server/whole_number.hpp"

#include <array>
#include <span>

namespace bursar::server {

namespace {

// 29 February is away for eight years at most, around a century that is no leap year.
constexpr int horizon = 9 * 366; // days

constexpr std::array<std::string_view, 12> month_names{"jan", "feb", "mar", "apr", "may", "jun",
                                                       "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> day_names{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

struct macro {
    std::string_view name, fields;
};
constexpr std::array macros{macro{"@hourly", "0 * * * *"},   macro{"@daily", "0 0 * * *"},
                            macro{"@midnight", "0 0 * * *"}, macro{"@weekly", "0 0 * * 0"},
                            macro{"@monthly", "0 0 1 * *"},  macro{"@yearly", "0 0 1 1 *"},
                            macro{"@annually", "0 0 1 1 *"}};

struct field_form {
    std::string_view name;
    int least, most;
    std::span<const std::string_view> names = {}; // the first one is of `first_named`
    int first_named = 0;
};
constexpr std::array forms{
    field_form{"minute", 0, 59},
    field_form{"hour", 0, 23},
    field_form{"day of the month", 1, 31},
    field_form{"month", 1, 12, month_names, 1},
    field_form{"day of the week", 0, 7, day_names, 0},
};

std::string_view take_until(std::string_view& text, char end) noexcept {
    const auto at = std::min(text.find(end), text.size());
    const auto out = text.substr(0, at);
    text.remove_prefix(std::min(at + 1, text.size()));
    return out;
}

std::optional<int> number(std::string_view text, int least, int most) noexcept {
    const auto value = parse_whole_number<int>(text);
    return value && *value >= least && *value <= most ? value : std::nullopt;
}

std::optional<int> value_of(std::string_view text, const field_form& form) {
    for (std::size_t i = 0; i < form.names.size(); ++i)
        if (lower_case(text) == form.names[i])
            return form.first_named + static_cast<int>(i);
    return number(text, form.least, form.most);
}

struct range {
    int from, to, step;
};

// "*", "5", "1-5", each perhaps with "/2"; "5/2" goes on to the end.
std::optional<range> range_of(std::string_view text, const field_form& form) {
    const bool stepped = text.find('/') != std::string_view::npos;
    auto bounds = take_until(text, '/');
    const auto step = stepped ? number(text, 1, form.most) : std::optional{1};
    if (!step)
        return std::nullopt;
    if (bounds == "*")
        return range{form.least, form.most, *step};
    const bool ranged = bounds.find('-') != std::string_view::npos;
    const auto from = value_of(take_until(bounds, '-'), form);
    const auto to = ranged ? value_of(bounds, form) : stepped ? std::optional{form.most} : from;
    if (!from || !to || *from > *to)
        return std::nullopt;
    return range{*from, *to, *step};
}

error wrong(std::string why) {
    return {errc::validation_failed, std::vector<field_error>{{"", std::move(why)}}};
}

} // namespace

// Fills the sets from the fields.
class cron_parser {
public:
    static result<cron_expression> parse(std::string_view text) {
        std::array<std::string_view, 5> fields;
        std::size_t count = 0;
        for (const auto& each : macros)
            if (lower_case(text) == each.name)
                text = each.fields;
        while (!text.empty()) {
            const auto field = take_until(text, ' ');
            if (field.empty())
                continue;
            if (count == fields.size())
                return wrong("must have five fields, or be a name such as @daily");
            fields[count++] = field;
        }
        if (count != fields.size())
            return wrong("must have five fields, or be a name such as @daily");
        cron_expression out;
        if (auto bad = fill(out.minutes_, fields, 0))
            return std::move(*bad);
        if (auto bad = fill(out.hours_, fields, 1))
            return std::move(*bad);
        if (auto bad = fill(out.days_, fields, 2))
            return std::move(*bad);
        if (auto bad = fill(out.months_, fields, 3))
            return std::move(*bad);
        std::bitset<8> weekdays;
        if (auto bad = fill(weekdays, fields, 4))
            return std::move(*bad);
        for (std::size_t i = 0; i < weekdays.size(); ++i)
            if (weekdays[i])
                out.weekdays_.set(i % 7);
        out.any_day_ = fields[2].front() == '*';
        out.any_weekday_ = fields[4].front() == '*';
        return out;
    }

private:
    template <std::size_t N>
    static std::optional<error>
    fill(std::bitset<N>& out, const std::array<std::string_view, 5>& fields, std::size_t which) {
        auto rest = fields[which];
        const auto& form = forms[which];
        do {
            const auto found = range_of(take_until(rest, ','), form);
            if (!found)
                return wrong(
                    "has a wrong " + std::string{form.name} + ": " + std::string{fields[which]} + " (from " +
                    std::to_string(form.least) + " to " + std::to_string(form.most) + ")");
            for (int i = found->from; i <= found->to; i += found->step)
                out.set(static_cast<std::size_t>(i));
        } while (!rest.empty());
        return std::nullopt;
    }
};

result<cron_expression> cron_expression::parse(std::string_view text) {
    return cron_parser::parse(text);
}

bool cron_expression::falls_on(absl::CivilDay date) const {
    if (!months_[static_cast<std::size_t>(date.month())])
        return false;
    const bool day = days_[static_cast<std::size_t>(date.day())];
    const auto from_monday = static_cast<std::size_t>(absl::GetWeekday(date));
    const bool of_week = weekdays_[(from_monday + 1) % 7];
    return any_day_ || any_weekday_ ? day && of_week : day || of_week;
}

// Times of a day come in the order of its clock, so the first that is later is the one.
std::optional<absl::Time> cron_expression::next_on(absl::CivilDay day, absl::Time after, absl::TimeZone zone) const {
    for (std::size_t h = 0; h < hours_.size(); ++h)
        for (std::size_t m = 0; hours_[h] && m < minutes_.size(); ++m)
            if (minutes_[m]) {
                const auto shown = zone.At(absl::CivilMinute{day} + static_cast<int>(h * 60 + m));
                const auto at = shown.kind == absl::TimeZone::TimeInfo::SKIPPED ? shown.trans : shown.pre;
                if (at > after)
                    return at;
            }
    return std::nullopt;
}

// From the day before, in case the clock was put back over midnight.
std::optional<absl::Time> cron_expression::next(absl::Time after, absl::TimeZone zone) const {
    const auto first = absl::ToCivilDay(after, zone) - 1;
    for (auto day = first; day <= first + horizon; ++day)
        if (falls_on(day))
            if (const auto at = next_on(day, after, zone))
                return at;
    return std::nullopt;
}

} // namespace bursar::server
