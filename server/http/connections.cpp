#include "server/http/connections.hpp"

#include "server/time.hpp"

#include <algorithm>
#include <utility>

namespace bursar::server::http {

namespace {

constexpr std::size_t spare_limit = 256;
constexpr std::size_t spare_text_capacity = 16U << 10U;
// A loop that is busy sweeps late; a sweep that is later than this comes from a process that did not run.
constexpr std::chrono::seconds busy_at_most{1};

} // namespace

connections::connections(application& a, const connection_options& o)
    : app(a)
    , options(o) {
    spare_blocks_.reserve(spare_limit);
    spare_texts_.reserve(spare_limit);
    tick();
}

void connections::tick() {
    const auto last = std::exchange(swept_at_, steady_clock::now());
    now_ += std::min<steady_clock::duration>(swept_at_ - last, options.sweep_interval + busy_at_most);
    const auto second = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    if (second == second_)
        return;
    second_ = second;
    date_line_ = "Date: " + to_http_date(second) + "\r\n";
}

void connections::sweep() {
    tick();
    for (auto at = list_.begin(); at != list_.end();) {
        swept_connection& c = *at++;
        if (now_ >= c.due) {
            c.due = deadline::max();
            c.expire();
        }
    }
}

void connections::drain() {
    draining_ = true;
    const auto last = now_ + options.drain_idle + options.sweep_interval;
    for (swept_connection& c : list_)
        if (c.idle)
            c.due = std::min(c.due, last);
}

void connections::abort_all() noexcept {
    for (swept_connection& c : list_)
        c.abort();
}

void connections::begin_unread(swept_connection& c, std::size_t bytes) noexcept {
    c.unread = bytes;
    c.unread_since = now_;
    unread_ += bytes;
    while (unread_ > options.unread_bytes) {
        swept_connection* longest = &c;
        for (swept_connection& each : list_)
            if (each.unread > 0 && each.unread_since < longest->unread_since)
                longest = &each;
        end_unread(*longest);
        longest->expire();
    }
}

void connections::end_unread(swept_connection& c) noexcept {
    unread_ -= std::exchange(c.unread, 0);
}

bool connections::take_head_room(std::size_t bytes) noexcept {
    if (head_room_taken_ + bytes > options.large_heads)
        return false;
    head_room_taken_ += bytes;
    return true;
}

void connections::take(input_buffer& buffer) {
    if (!spare_blocks_.empty()) {
        buffer.data = std::move(spare_blocks_.back());
        spare_blocks_.pop_back();
    } else {
        buffer.data.reset(new char[input_buffer::usual]);
    }
    buffer.capacity = input_buffer::usual;
    buffer.begin = buffer.end = 0;
}

void connections::give_back(input_buffer& buffer) noexcept {
    if (buffer.capacity > input_buffer::usual)
        give_head_room(buffer.capacity - input_buffer::usual);
    if (buffer.capacity == input_buffer::usual && spare_blocks_.size() < spare_limit)
        spare_blocks_.push_back(std::move(buffer.data));
    buffer.data.reset();
    buffer.capacity = buffer.begin = buffer.end = 0;
}

void connections::take(std::string& text) {
    if (spare_texts_.empty()) {
        text.reserve(1U << 10U);
        return;
    }
    text = std::move(spare_texts_.back());
    spare_texts_.pop_back();
}

void connections::give_back(std::string& text) noexcept {
    if (text.capacity() <= spare_text_capacity && spare_texts_.size() < spare_limit) {
        text.clear();
        spare_texts_.push_back(std::move(text));
    }
    text = std::string{};
}

} // namespace bursar::server::http
