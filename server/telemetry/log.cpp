#include "server/telemetry/log.hpp"

#include "server/error.hpp"
#include "server/http/answer.hpp"
#include "server/time.hpp"

#include <spdlog/async.h>
#include <spdlog/async_logger.h>
#include <spdlog/sinks/base_sink.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <charconv>
#include <memory>

namespace bursar::server {

namespace {

constexpr std::size_t queue_lines = 8192;
constexpr std::size_t buffer_bytes = 64U << 10U;

// Gathers lines while more are queued and writes them with one call. Only the writing thread touches it, so it needs
// no lock; it is destroyed when that thread has been joined.
class gathering_sink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
public:
    explicit gathering_sink(spdlog::details::thread_pool& pool)
        : pool_(pool) {}
    ~gathering_sink() override { write_out(); }

private:
    void sink_it_(const spdlog::details::log_msg& line) override {
        buffer_.append(line.payload.data(), line.payload.size());
        buffer_ += '\n';
        if (pool_.queue_size() == 0 || buffer_.size() >= buffer_bytes)
            write_out();
    }

    void flush_() override { write_out(); }

    void write_out() {
        for (std::string_view rest = buffer_; !rest.empty();) {
            const auto written = ::write(STDOUT_FILENO, rest.data(), rest.size());
            if (written < 0 && errno != EINTR)
                break; // nobody reads our output: there is no better place to say so
            rest.remove_prefix(written < 0 ? 0 : static_cast<std::size_t>(written));
        }
        buffer_.clear();
    }

    spdlog::details::thread_pool& pool_;
    std::string buffer_;
};

struct writer {
    writer() = default;
    writer(const writer&) = delete;
    writer& operator=(const writer&) = delete;
    // Joins the thread, which has then written what was queued, before the sink goes.
    ~writer() { pool.reset(); }

    std::shared_ptr<spdlog::details::thread_pool> pool = std::make_shared<spdlog::details::thread_pool>(queue_lines, 1);
    std::shared_ptr<spdlog::async_logger> logger = std::make_shared<spdlog::async_logger>(
        "bursar", std::make_shared<gathering_sink>(*pool), pool, spdlog::async_overflow_policy::overrun_oldest);
};

std::unique_ptr<writer> current;
std::atomic<int> least_level{static_cast<int>(log_level::error) + 1};

constexpr std::array<std::string_view, 4> level_names{"debug", "info", "warning", "error"};

} // namespace

void log_start(log_level least) {
    current = std::make_unique<writer>();
    current->logger->set_level(spdlog::level::trace);
    least_level = static_cast<int>(least);
}

void log_stop() {
    least_level = static_cast<int>(log_level::error) + 1;
    current.reset();
}

std::uint64_t log_dropped() noexcept {
    return current ? current->pool->overrun_counter() : 0;
}

bool log_enabled(log_level level) noexcept {
    return static_cast<int>(level) >= least_level.load(std::memory_order_relaxed);
}

log_line::log_line(log_level level, std::string_view event)
    : level_(level)
    , enabled_(log_enabled(level)) {
    if (!enabled_)
        return;
    text_.reserve(320);
    text_ = R"({"time":")";
    append_rfc3339(text_, now());
    text_ += R"(","level":")";
    text_ += level_names[static_cast<std::size_t>(level)];
    text_ += R"(","event":")";
    text_ += event;
    text_ += '"';
}

log_line::~log_line() {
    if (!enabled_ || !current)
        return;
    text_ += '}';
    current->logger->log(spdlog::level::info, text_);
}

void log_line::start_field(std::string_view name) {
    text_ += ",\"";
    text_ += name;
    text_ += "\":";
}

log_line& log_line::with(std::string_view name, std::string_view value) {
    if (enabled_) {
        start_field(name);
        http::append_json_string(text_, value);
    }
    return *this;
}

log_line& log_line::with(std::string_view name, std::int64_t value) {
    if (enabled_) {
        start_field(name);
        std::array<char, 24> digits;
        text_.append(digits.data(), std::to_chars(digits.begin(), digits.end(), value).ptr);
    }
    return *this;
}

log_line& log_line::with(std::string_view name, std::uint64_t value) {
    if (enabled_) {
        start_field(name);
        std::array<char, 24> digits;
        text_.append(digits.data(), std::to_chars(digits.begin(), digits.end(), value).ptr);
    }
    return *this;
}

log_line& log_line::with(std::string_view name, bool value) {
    if (enabled_) {
        start_field(name);
        text_ += value ? "true" : "false";
    }
    return *this;
}

log_line& log_line::with_milliseconds(std::string_view name, std::int64_t microseconds) {
    with(name, microseconds / 1000);
    if (enabled_) {
        const auto fraction = static_cast<int>(microseconds % 1000);
        text_ += '.';
        text_ += static_cast<char>('0' + fraction / 100);
        text_ += static_cast<char>('0' + fraction / 10 % 10);
        text_ += static_cast<char>('0' + fraction % 10);
    }
    return *this;
}

std::string what_of(const std::exception_ptr& failure) {
    try {
        std::rethrow_exception(failure);
    } catch (const error_exception& e) {
        return std::string{describe(e.reason().code).name} + ": " + e.what();
    } catch (const std::exception& e) {
        return e.what();
    } catch (...) {
        return "not a std::exception";
    }
}

} // namespace bursar::server
