// A cron expression of five fields (minute, hour, day of the month, month, day of the week), as crontab(5) of Vixie's
// cron has it: lists, ranges, steps, names of months and days, 0 or 7 for Sunday, and @hourly, @daily, @midnight,
// @weekly, @monthly, @yearly, @annually. When both days are restricted, either will do.
//
// Times are those of a clock on the wall. One that the clock never shows, because it is put forward over it, comes at
// the instant at which that happens; one that it shows twice comes the first time. So each comes once.
#pragma once

#include "server/error.hpp"

#include <absl/time/civil_time.h>
#include <absl/time/time.h>

#include <bitset>
#include <optional>
#include <string_view>

namespace bursar::server {

class cron_expression {
public:
    // validation_failed with what is wrong in the message of its one field.
    static result<cron_expression> parse(std::string_view text);

    // The first instant after the given one. nullopt: there is none, as of 30 February.
    std::optional<absl::Time> next(absl::Time after, absl::TimeZone zone) const;

private:
    friend class cron_parser;

    bool falls_on(absl::CivilDay date) const;
    std::optional<absl::Time> next_on(absl::CivilDay day, absl::Time after, absl::TimeZone zone) const;

    std::bitset<60> minutes_;
    std::bitset<24> hours_;
    std::bitset<32> days_;   // of the month, from 1
    std::bitset<13> months_; // from 1
    std::bitset<7> weekdays_;
    bool any_day_ = false; // the field begins with *
    bool any_weekday_ = false;
};

} // namespace bursar::server
