#include "tests/support/process.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <system_error>
#include <thread>

namespace bursar::tests {

namespace {

using clock = std::chrono::steady_clock;

[[noreturn]] void fail_to_start(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

// In the child, between fork and exec: only what is safe there.
[[noreturn]] void
become(const launch& what, char* const* arguments, char* const* environment, int output, pid_t parent) {
    // A test that is killed takes its programs with it.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent)
        ::_exit(127);
    ::dup2(output, STDOUT_FILENO);
    ::dup2(output, STDERR_FILENO);
    // Asio's sockets are passed on: a connection that the test closes would stay open here.
    ::close_range(STDERR_FILENO + 1, ~0U, 0);
    if (what.max_descriptors) {
        const rlimit limit{*what.max_descriptors, *what.max_descriptors};
        ::setrlimit(RLIMIT_NOFILE, &limit);
    }
    ::execve(what.program.c_str(), arguments, environment);
    ::_exit(127);
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> out;
    out.reserve(texts.size() + 1);
    for (auto& text : texts)
        out.push_back(text.data());
    out.push_back(nullptr);
    return out;
}

// What is inherited holds no setting of bursar: those are the test's.
std::vector<std::string> environment_of(const launch& what) {
    std::vector<std::string> out;
    for (char** at = environ; *at != nullptr; ++at) {
        const std::string_view entry = *at;
        const bool replaced = std::any_of(what.environment.begin(), what.environment.end(), [entry](const auto& added) {
            return entry.substr(0, entry.find('=')) == added.first;
        });
        if (!replaced && !entry.starts_with("BURSAR_"))
            out.emplace_back(entry);
    }
    for (const auto& [name, value] : what.environment)
        out.push_back(name + "=" + value);
    return out;
}

} // namespace

process::process(const launch& what) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
        fail_to_start("pipe2");
    std::vector<std::string> arguments{what.program};
    arguments.insert(arguments.end(), what.arguments.begin(), what.arguments.end());
    auto environment = environment_of(what);
    const auto argument_pointers = pointers(arguments);
    const auto environment_pointers = pointers(environment);
    const pid_t parent = ::getpid();
    pid_ = ::fork();
    if (pid_ < 0)
        fail_to_start("fork");
    if (pid_ == 0)
        become(what, argument_pointers.data(), environment_pointers.data(), ends[1], parent);
    ::close(ends[1]);
    output_ = ends[0];
}

process::process(process&& other) noexcept
    : pid_(std::exchange(other.pid_, -1))
    , output_(std::exchange(other.output_, -1))
    , log_(std::move(other.log_))
    , looked_(other.looked_)
    , status_(other.status_) {}

process::~process() {
    if (pid_ > 0 && !status_) {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    if (output_ >= 0)
        ::close(output_);
}

void process::signal(int number) const {
    ::kill(pid_, number);
}

bool process::read_output(clock::time_point until) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - clock::now()).count();
    pollfd waiting{output_, POLLIN, 0};
    if (left < 0 || ::poll(&waiting, 1, static_cast<int>(left) + 1) <= 0)
        return false;
    char piece[4096];
    const auto n = ::read(output_, piece, sizeof piece);
    if (n <= 0)
        return false;
    log_.append(piece, static_cast<std::size_t>(n));
    return true;
}

std::string process::wait_for_line(std::string_view text, std::chrono::milliseconds within) {
    const auto until = clock::now() + within;
    for (;;) {
        for (auto end = log_.find('\n', looked_); end != std::string::npos; end = log_.find('\n', looked_)) {
            auto line = log_.substr(looked_, end - looked_);
            looked_ = end + 1;
            if (line.find(text) != std::string::npos)
                return line;
        }
        if (!read_output(until))
            throw std::runtime_error("no line with \"" + std::string{text} + "\" from process; it printed:\n" + log_);
    }
}

std::optional<int> process::wait_exit(std::chrono::milliseconds within) {
    const auto until = clock::now() + within;
    while (!status_) {
        int raw = 0;
        if (::waitpid(pid_, &raw, WNOHANG) == pid_) {
            status_ = WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
            while (read_output(clock::now() + std::chrono::milliseconds{10})) {
            }
            break;
        }
        if (clock::now() >= until)
            break;
        // A full pipe would keep the program from ending. At the end of the output only the exit is left to wait for.
        if (!read_output(std::min(until, clock::now() + std::chrono::milliseconds{20})))
            std::this_thread::sleep_for(std::chrono::milliseconds{2});
    }
    return status_;
}

bool process::running() {
    while (read_output(clock::now())) { // what it prints must not end in a full pipe
    }
    return !wait_exit(std::chrono::milliseconds{0}).has_value();
}

std::uint64_t process::resident_bytes() const {
    std::ifstream statm{"/proc/" + std::to_string(pid_) + "/statm"};
    std::uint64_t size = 0;
    std::uint64_t resident = 0;
    statm >> size >> resident;
    return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

std::uint64_t process::peak_resident_bytes() const {
    std::ifstream status{"/proc/" + std::to_string(pid_) + "/status"};
    const std::string name = "VmHWM:";
    for (std::string line; std::getline(status, line);)
        if (line.starts_with(name))
            return std::stoull(line.substr(name.size())) * 1024;
    throw std::runtime_error("no peak of a process that has ended");
}

void process::forget_peak() const {
    std::ofstream{"/proc/" + std::to_string(pid_) + "/clear_refs"} << 5;
}

std::size_t process::open_descriptors() const {
    const std::filesystem::directory_iterator entries{"/proc/" + std::to_string(pid_) + "/fd"};
    return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
}

std::uint16_t port_in(std::string_view line) {
    constexpr std::string_view name = "\"port\":";
    const auto at = line.find(name);
    std::uint16_t port = 0;
    if (at != std::string_view::npos)
        std::from_chars(line.data() + at + name.size(), line.data() + line.size(), port);
    if (port == 0)
        throw std::runtime_error("no port in: " + std::string{line});
    return port;
}

std::uint16_t free_port() {
    const int s = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (s < 0 || ::bind(s, generic, size) != 0 || ::getsockname(s, generic, &size) != 0)
        fail_to_start("no free port");
    ::close(s);
    return ntohs(address.sin_port);
}

} // namespace bursar::tests
