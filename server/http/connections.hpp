// What the connections of one listener share: the list that one sweep walks for deadlines, the cached Date, spare
// buffers, the drain state. Kept alive by the listener and by every connection; one loop's thread.
#pragma once

#include "server/http/service.hpp"

#include <boost/intrusive/list.hpp>

#include <memory>
#include <string>
#include <vector>

namespace bursar::server::http {

// A connection as the sweep sees it.
class swept_connection
    : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
public:
    swept_connection() = default;
    swept_connection(const swept_connection&) = delete;
    swept_connection& operator=(const swept_connection&) = delete;

    // Ends the wait at hand because its deadline has passed; the connection decides what that means.
    virtual void expire() noexcept = 0;
    // Drops the connection, answer or not.
    virtual void abort() noexcept = 0;

    deadline due = deadline::max();
    deadline unread_since{}; // while its client leaves an answer waiting
    std::size_t unread = 0;  // bytes of that
    bool idle = false;       // waits for the first byte of a request

protected:
    ~swept_connection() = default;
};

// A block of memory that a connection reads into. Bytes in [begin, end) are received and not yet used up.
struct input_buffer {
    static constexpr std::size_t usual = 4U << 10U;

    std::unique_ptr<char[]> data;
    std::size_t capacity = 0;
    std::size_t begin = 0;
    std::size_t end = 0;

    std::size_t size() const noexcept { return end - begin; }
    std::size_t room() const noexcept { return capacity - end; }
    std::string_view bytes() const noexcept { return {data.get() + begin, size()}; }
};

class connections {
public:
    connections(application& app, const connection_options& options);

    application& app;
    const connection_options options;

    void add(swept_connection& c) {
        list_.push_back(c);
        ++count_;
    }
    void removed() noexcept { --count_; }
    std::size_t count() const noexcept { return count_; }

    // When the last sweep was, on a clock that stands still with this process (stopped, or frozen with its machine): a
    // client that could not be heard is not late. Near enough for deadlines, and free.
    deadline now() const noexcept { return now_; }
    // "Date: …\r\n", made once a second.
    std::string_view date_line() const noexcept { return date_line_; }

    // Looks at every connection once: expires those that are due.
    void sweep();

    // From here on answers say Connection: close, and idle connections end within drain_idle.
    void drain();
    bool draining() const noexcept { return draining_; }
    void abort_all() noexcept;

    // The connection begins to wait for its client to take `bytes`, and has ended to. Cuts those that have waited
    // longest while too much waits; perhaps this one.
    void begin_unread(swept_connection& c, std::size_t bytes) noexcept;
    void end_unread(swept_connection& c) noexcept;

    // Room for a head beyond the usual buffer; given back with the same count. False: there is none.
    bool take_head_room(std::size_t bytes) noexcept;
    void give_head_room(std::size_t bytes) noexcept { head_room_taken_ -= bytes; }

    // Buffers are handed out for as long as a request needs them; an idle connection holds none.
    void take(input_buffer& buffer);
    void give_back(input_buffer& buffer) noexcept;
    void take(std::string& text);
    void give_back(std::string& text) noexcept;

private:
    void tick();

    boost::intrusive::list<swept_connection, boost::intrusive::constant_time_size<false>> list_;
    std::size_t count_ = 0;
    std::size_t unread_ = 0;
    std::size_t head_room_taken_ = 0;
    bool draining_ = false;
    deadline swept_at_ = steady_clock::now();
    deadline now_ = swept_at_;
    std::chrono::sys_seconds second_{};
    std::string date_line_;
    std::vector<std::unique_ptr<char[]>> spare_blocks_;
    std::vector<std::string> spare_texts_;
};

} // namespace bursar::server::http
