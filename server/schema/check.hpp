// The checks that a value of a described type has to pass, whichever way it came in; shared by the readers of JSON and
// of query strings.
#pragma once

#include "server/error.hpp"
#include "server/schema/type.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bursar::server::schema {

// Gathers what is wrong, the first hundred of it, and knows where the reader stands.
class faults {
public:
    static constexpr std::size_t most = 100;

    // The pointer of the value at hand; readers lengthen it on the way in and cut it on the way out.
    std::string where;

    // As many as an answer reports: what is found beyond is not put into words.
    bool full() const noexcept { return list_.size() >= most; }
    std::size_t count() const noexcept { return list_.size(); }

    void add(std::string message) { add(where, std::move(message)); }
    void add(std::string at, std::string message) {
        if (!full())
            list_.push_back({std::move(at), std::move(message)});
    }

    result<> finish() && {
        if (list_.empty())
            return {};
        return error{errc::validation_failed, std::move(list_)};
    }

private:
    std::vector<field_error> list_;
};

// A scalar that arrives as text: string, uuid, timestamp, enumeration. Adds a fault and leaves `out` alone when it does
// not keep to the rules.
void read_text(const type& what, const constraints& rules, std::string_view text, void* out, faults& wrong);

void read_integer(const constraints& rules, std::int64_t value, void* out, faults& wrong);

// For what is no integer, or one that no number of the schema holds.
void refuse_integer(const constraints& rules, bool out_of_range, faults& wrong);

// A name that `what` has no member of; `noun` is what members are called there.
void refuse_name(const type& what, std::string_view name, std::string_view noun, faults& wrong);

void check_count(const constraints& rules, std::size_t count, faults& wrong);

} // namespace bursar::server::schema
