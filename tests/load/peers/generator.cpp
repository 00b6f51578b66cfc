// A lean load generator over HTTP/1.1 keep-alive: one thread, one request at a time a connection, as little work a
// request as it can, so that the server and not the generator is at its limit. It reads (--target, --targets) or sends
// transfers by a template (request_source.hpp).
//
// Closed loop (--rate 0): each connection sends its next request when the answer to the last is read.
// Open loop (--rate R): request k is due at start + k / R whatever the server does. One that finds every connection
// busy waits, and its latency counts from when it was due, so a stall is charged to every request it delays (no
// coordinated omission). A request due but unanswered --patience seconds after the end is an error.
//
// Prints one JSON object. Exits 1 when nothing was answered, 2 for a bad call.
#include "tests/load/peers/http_answer.hpp"
#include "tests/load/peers/request_source.hpp"

#include <arpa/inet.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

using clock_type = std::chrono::steady_clock;
using std::chrono::microseconds;
using std::chrono::nanoseconds;

struct options {
    std::string host = "127.0.0.1"; // an IPv4 address
    std::uint16_t port = 0;
    std::size_t connections = 64;
    double seconds = 5;
    double warmup = 0;
    double patience = 5;        // after the end, for the last answers
    std::uint64_t requests = 0; // stop after as many, whatever the time; 0: by time
    double rate = 0;
    std::vector<std::string> targets;
    std::string headers;
    std::string template_file, accounts_file;
    bench::transfer_requests::plan transfers;
};

struct tally {
    std::vector<std::uint32_t> latencies; // microseconds
    std::uint64_t errors = 0;
    std::uint64_t refused = 0;                  // an answer, but not a 2xx
    std::map<unsigned, std::uint64_t> statuses; // of every answer, the warm-up's too
};

class generator {
public:
    generator(options o, std::unique_ptr<bench::request_source> requests)
        : options_(std::move(o))
        , requests_(std::move(requests))
        , epoll_(epoll_create1(EPOLL_CLOEXEC)) {
        connections_.resize(options_.connections);
        for (std::size_t i = 0; i < connections_.size(); ++i)
            open(i);
    }

    void run() {
        const auto begin = clock_type::now();
        measured_ = begin + as_duration(options_.warmup);
        end_ = measured_ + as_duration(options_.seconds);
        interval_ = options_.rate > 0 ? nanoseconds{static_cast<std::int64_t>(1e9 / options_.rate)} : nanoseconds{0};
        next_due_ = begin;
        const auto give_up = end_ + as_duration(options_.patience);
        std::vector<epoll_event> events(connections_.size());
        while (true) {
            const auto now = clock_type::now();
            send_what_is_due(now);
            if ((finished(now) && idle_.size() == connections_.size()) || now >= give_up)
                break;
            const auto ready = wait(events, now);
            for (std::size_t i = 0; i < ready; ++i)
                receive(events[i].data.u64);
        }
        stopped_ = std::max(last_answer_, measured_ + nanoseconds{1});
        if (interval_.count() > 0 && next_due_ < end_)
            tally_.errors += static_cast<std::uint64_t>((end_ - next_due_) / interval_);
        tally_.errors += connections_.size() - idle_.size();
    }

    // Requests a second count what was answered until the last answer, so a server that falls behind shows it.
    int report() {
        auto& all = tally_.latencies;
        std::sort(all.begin(), all.end());
        const auto at = [&](double share) {
            return all.empty()
                       ? 0U
                       : all[std::min(
                             all.size() - 1, static_cast<std::size_t>(share * static_cast<double>(all.size())))];
        };
        const double seconds = std::chrono::duration<double>(stopped_ - measured_).count();
        std::printf(
            "{\"requests\": %zu, \"seconds\": %.3f, \"per_second\": %.1f, \"errors\": %llu, \"not_2xx\": %llu, "
            "\"p50_us\": %u, \"p90_us\": %u, \"p99_us\": %u, \"p999_us\": %u, \"max_us\": %u, \"statuses\": {%s}}\n",
            all.size(), seconds, static_cast<double>(all.size()) / seconds,
            static_cast<unsigned long long>(tally_.errors), static_cast<unsigned long long>(tally_.refused), at(0.5),
            at(0.9), at(0.99), at(0.999), all.empty() ? 0U : all.back(), statuses().c_str());
        return all.empty() ? 1 : 0;
    }

private:
    struct connection {
        int fd = -1;
        std::string unread;
        clock_type::time_point due;
    };

    std::string statuses() const {
        std::string text;
        for (const auto& [status, count] : tally_.statuses)
            text.append(text.empty() ? "\"" : ", \"")
                .append(std::to_string(status))
                .append("\": ")
                .append(std::to_string(count));
        return text;
    }

    static nanoseconds as_duration(double seconds) { return nanoseconds{static_cast<std::int64_t>(seconds * 1e9)}; }

    bool finished(clock_type::time_point now) const {
        if (options_.requests > 0)
            return sent_ >= options_.requests;
        return interval_.count() > 0 ? next_due_ >= end_ : now >= end_;
    }

    void open(std::size_t index) {
        auto& c = connections_[index];
        c.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(options_.port);
        if (inet_pton(AF_INET, options_.host.c_str(), &address.sin_addr) != 1)
            throw std::runtime_error(options_.host + " is no IPv4 address");
        const int on = 1;
        setsockopt(c.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.u64 = index;
        if (connect(c.fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
            epoll_ctl(epoll_, EPOLL_CTL_ADD, c.fd, &event) != 0)
            throw std::runtime_error(std::string("connect: ") + std::strerror(errno));
        c.unread.clear();
        idle_.push_back(index);
    }

    void send_what_is_due(clock_type::time_point now) {
        while (!idle_.empty() && !finished(now)) {
            if (interval_.count() > 0 && next_due_ > now)
                return;
            const auto index = idle_.back();
            idle_.pop_back();
            auto& c = connections_[index];
            c.due = interval_.count() > 0 ? next_due_ : now;
            next_due_ += interval_;
            ++sent_;
            const auto text = requests_->next();
            if (send(c.fd, text.data(), text.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(text.size()))
                failed(index);
        }
    }

    std::size_t wait(std::vector<epoll_event>& events, clock_type::time_point now) {
        timespec until{1, 0};
        if (interval_.count() > 0 && !idle_.empty()) {
            const auto left = std::clamp<std::int64_t>((next_due_ - now).count(), 0, 999'999'999);
            until = {0, left};
        }
        const int ready = epoll_pwait2(epoll_, events.data(), static_cast<int>(events.size()), &until, nullptr);
        return ready > 0 ? static_cast<std::size_t>(ready) : 0;
    }

    void receive(std::size_t index) {
        char buffer[65536];
        auto& c = connections_[index];
        const auto got = recv(c.fd, buffer, sizeof buffer, MSG_DONTWAIT);
        if (got < 0 && errno == EAGAIN)
            return;
        if (got <= 0)
            return failed(index);
        std::string_view text{buffer, static_cast<std::size_t>(got)};
        if (!c.unread.empty())
            text = c.unread.append(text);
        const auto found = bench::parse_answer(text);
        if (!found) {
            if (c.unread.empty())
                c.unread = text;
            return;
        }
        c.unread.clear();
        last_answer_ = clock_type::now();
        ++tally_.statuses[found->status];
        if (c.due >= measured_) {
            if (found->status / 100 == 2)
                tally_.latencies.push_back(
                    static_cast<std::uint32_t>(std::chrono::duration_cast<microseconds>(last_answer_ - c.due).count()));
            else
                ++tally_.refused;
        }
        idle_.push_back(index);
    }

    void failed(std::size_t index) {
        if (++tally_.errors > 1000)
            throw std::runtime_error("a thousand connections lost");
        close(connections_[index].fd);
        open(index);
    }

    options options_;
    std::unique_ptr<bench::request_source> requests_;
    int epoll_;
    std::vector<connection> connections_;
    std::vector<std::size_t> idle_;
    tally tally_;
    std::uint64_t sent_ = 0;
    nanoseconds interval_{0};
    clock_type::time_point next_due_, measured_, end_, last_answer_, stopped_;
};

std::vector<std::string> lines_of(const std::string& file) {
    std::ifstream in(file);
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);)
        lines.push_back(line);
    if (lines.empty())
        throw std::runtime_error(file + " holds nothing");
    return lines;
}

std::unique_ptr<bench::request_source> requests_of(options& o) {
    if (o.template_file.empty())
        return std::make_unique<bench::reads>(o.targets, o.headers);
    for (const auto& line : lines_of(o.template_file))
        o.transfers.text += line + "\n";
    o.transfers.accounts = lines_of(o.accounts_file);
    o.transfers.host = o.host + ":" + std::to_string(o.port);
    return std::make_unique<bench::transfer_requests>(std::move(o.transfers));
}

std::optional<options> parse_options(int argc, char** argv) {
    const option known[] = {
        {"host", 1, nullptr, 'H'},    {"port", 1, nullptr, 'p'},     {"connections", 1, nullptr, 'c'},
        {"seconds", 1, nullptr, 's'}, {"warmup", 1, nullptr, 'w'},   {"requests", 1, nullptr, 'n'},
        {"rate", 1, nullptr, 'r'},    {"target", 1, nullptr, 't'},   {"targets", 1, nullptr, 'f'},
        {"header", 1, nullptr, 'h'},  {"template", 1, nullptr, 'T'}, {"accounts", 1, nullptr, 'A'},
        {"spread", 1, nullptr, 'S'},  {"patience", 1, nullptr, 'P'}, {"amount", 1, nullptr, 'a'},
        {"batch", 1, nullptr, 'b'},   {nullptr, 0, nullptr, 0}};
    options o;
    for (int c = 0; (c = getopt_long(argc, argv, "", known, nullptr)) != -1;) {
        switch (c) {
        case 'H': o.host = optarg; break;
        case 'p': o.port = static_cast<std::uint16_t>(std::strtoul(optarg, nullptr, 10)); break;
        case 'c': o.connections = std::strtoul(optarg, nullptr, 10); break;
        case 's': o.seconds = std::strtod(optarg, nullptr); break;
        case 'w': o.warmup = std::strtod(optarg, nullptr); break;
        case 'P': o.patience = std::strtod(optarg, nullptr); break;
        case 'n': o.requests = std::strtoull(optarg, nullptr, 10); break;
        case 'r': o.rate = std::strtod(optarg, nullptr); break;
        case 't': o.targets.emplace_back(optarg); break;
        case 'f': o.targets = lines_of(optarg); break;
        case 'h': o.headers.append(optarg).append("\r\n"); break;
        case 'T': o.template_file = optarg; break;
        case 'A': o.accounts_file = optarg; break;
        case 'S':
            if (const auto named = bench::account_picker::spread_named(optarg))
                o.transfers.spread = *named;
            else
                return std::nullopt;
            break;
        case 'a': o.transfers.amount = optarg; break;
        case 'b': o.transfers.batch = std::strtoul(optarg, nullptr, 10); break;
        default: return std::nullopt;
        }
    }
    if (o.port == 0 || o.targets.empty() == o.template_file.empty() || o.connections == 0 ||
        o.template_file.empty() != o.accounts_file.empty())
        return std::nullopt;
    return o;
}

} // namespace

int main(int argc, char** argv) {
    try {
        auto o = parse_options(argc, argv);
        if (!o) {
            std::fputs(
                "generator --port P (--target PATH | --targets FILE) [--header 'Name: value']...\n"
                "generator --port P --template FILE --accounts FILE [--spread uniform|zipf|hot] [--amount 1]\n"
                "          [--batch 1]\n"
                "either with [--host 127.0.0.1] [--connections 64] [--seconds 5] [--warmup 0] [--patience 5]\n"
                "            [--requests N] [--rate R]\n",
                stderr);
            return 2;
        }
        // The default slack of 50 µs would make every open-loop request that much late.
        prctl(PR_SET_TIMERSLACK, 1UL);
        auto requests = requests_of(*o);
        generator g(std::move(*o), std::move(requests));
        g.run();
        return g.report();
    } catch (const std::exception& e) {
        std::fprintf(stderr, "generator: %s\n", e.what());
        return 1;
    }
}
