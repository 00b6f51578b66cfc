#include "tests/support/postgres.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <sstream>
#include <thread>

namespace bursar::tests {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

// Of another version when scripts/test was asked for one.
std::string programs() {
    const auto* const other = std::getenv("BURSAR_TEST_POSTGRES");
    return std::string{other != nullptr ? other : "/usr/lib/postgresql/15/bin"} + "/";
}

const std::string bin = programs();

// initdb and postgres refuse to run as root.
struct account {
    uid_t user;
    gid_t group;
    bool change;
};

account unprivileged() {
    if (geteuid() != 0)
        return {geteuid(), getegid(), false};
    const auto* const entry = getpwnam("postgres");
    if (entry == nullptr)
        throw std::runtime_error("there is no user postgres to run the test server as");
    return {entry->pw_uid, entry->pw_gid, true};
}

struct child_setup {
    account as;
    std::string log;
    bool die_with_parent;
    std::vector<std::string> environment{}; // beside the test's own
};

// Only calls that are safe between fork and exec; this process has threads.
[[noreturn]] void become(const child_setup& how, char* const* arguments, char* const* environment) {
    if (how.as.change && (setgroups(0, nullptr) != 0 || setgid(how.as.group) != 0 || setuid(how.as.user) != 0))
        _exit(126);
    // After the change of user, which would clear it. The postmaster takes SIGQUIT as an immediate shutdown.
    if (how.die_with_parent)
        prctl(PR_SET_PDEATHSIG, SIGQUIT);
    if (const int out = open(how.log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644); out >= 0) {
        dup2(out, 1);
        dup2(out, 2);
    }
    close_range(3, ~0U, 0); // sockets of the test
    if (chdir("/") != 0)
        _exit(126);
    execve(arguments[0], arguments, environment);
    _exit(127);
}

pid_t spawn(const child_setup& how, const std::vector<std::string>& command) {
    std::vector<char*> arguments;
    for (const auto& part : command)
        arguments.push_back(const_cast<char*>(part.c_str()));
    arguments.push_back(nullptr);
    std::vector<char*> environment;
    for (const auto& entry : how.environment)
        environment.push_back(const_cast<char*>(entry.c_str()));
    for (char** entry = environ; *entry != nullptr; ++entry)
        environment.push_back(*entry);
    environment.push_back(nullptr);
    const pid_t pid = fork();
    if (pid < 0)
        throw std::runtime_error("fork failed");
    if (pid == 0)
        become(how, arguments.data(), environment.data());
    return pid;
}

void run_to_end(const child_setup& how, const std::vector<std::string>& command) {
    int status = 0;
    const pid_t pid = spawn(how, command);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        throw std::runtime_error(command[0] + " failed; see " + how.log);
}

// One folder for all that a process starts, and a watchdog that removes it when the process is gone, even by SIGKILL:
// it reads a pipe whose other end only this process holds.
class workspace {
public:
    static workspace& get() {
        static workspace self;
        return self;
    }

    const std::string& path() const noexcept { return path_; }

    // Data folders are copies of one initdb.
    const std::string& initialised() {
        if (template_.empty()) {
            initialise(path_ + "/template");
            template_ = path_ + "/template";
        }
        return template_;
    }

    void initialise(const std::string& at) const {
        run_to_end(
            {unprivileged(), path_ + "/initdb.log", false},
            {bin + "initdb", "-D", at, "-U", "bursar", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync",
             "--no-instructions"});
    }

private:
    workspace() {
        char name[] = "/tmp/bursar-test-XXXXXX";
        if (mkdtemp(name) == nullptr)
            throw std::runtime_error("no temporary folder");
        path_ = name;
        const auto as = unprivileged();
        if (chown(name, as.user, as.group) != 0 || pipe2(pipe_, O_CLOEXEC) != 0)
            throw std::runtime_error("the test workspace cannot be set up");
        const char* const arguments[] = {"/bin/rm", "-rf", path_.c_str(), nullptr};
        watchdog_ = fork();
        if (watchdog_ == 0)
            watch(const_cast<char* const*>(arguments));
        close(pipe_[0]);
    }

    ~workspace() {
        close(pipe_[1]);
        waitpid(watchdog_, nullptr, 0);
    }

    [[noreturn]] void watch(char* const* arguments) {
        close(pipe_[1]);
        setsid();
        char byte = 0;
        while (read(pipe_[0], &byte, 1) < 0 && errno == EINTR) {
        }
        // A server that lost its parent is writing its last; a folder that refills is removed again.
        for (int again = 0; again < 20; ++again) {
            const pid_t pid = fork();
            if (pid == 0) {
                execv(arguments[0], arguments);
                _exit(127);
            }
            waitpid(pid, nullptr, 0);
            struct stat ignored {};
            if (stat(arguments[2], &ignored) != 0)
                break;
            usleep(100'000);
        }
        _exit(0);
    }

    std::string path_;
    std::string template_;
    int pipe_[2] = {-1, -1};
    pid_t watchdog_ = -1;
};

int free_port_number() {
    const int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof at;
    const bool ok = bind(s, reinterpret_cast<sockaddr*>(&at), length) == 0 &&
                    getsockname(s, reinterpret_cast<sockaddr*>(&at), &length) == 0;
    close(s);
    if (!ok)
        throw std::runtime_error("no free port");
    return ntohs(at.sin_port);
}

} // namespace

postgres_server::postgres_server(settings how)
    : how_(std::move(how)) {
    static int count = 0;
    folder_ = workspace::get().path() + "/" + std::to_string(++count);
    make_folder();
    if (how_.port != 0) {
        port_ = how_.port;
        start();
        return;
    }
    for (int attempt = 0;; ++attempt) {
        port_ = free_port_number();
        try {
            start();
            return;
        } catch (const std::runtime_error&) {
            // Somebody may have taken the port in between.
            if (attempt == 4)
                throw;
        }
    }
}

void postgres_server::make_folder() const {
    const child_setup how{unprivileged(), folder_ + ".log", false};
    if (how_.standby_of != nullptr)
        run_to_end(
            how, {bin + "pg_basebackup", "-d", how_.standby_of->url() + "&application_name=standby", "-D", folder_,
                  "-R", "-X", "stream", "-c", "fast", "--no-sync"});
    else if (how_.other_cluster)
        workspace::get().initialise(folder_);
    else
        run_to_end(how, {"/bin/cp", "-a", workspace::get().initialised(), folder_});
}

postgres_server::~postgres_server() {
    if (running())
        ::kill(pid_, SIGQUIT);
    reap();
}

postgres_server& postgres_server::shared() {
    workspace::get(); // outlives the server
    static postgres_server self;
    return self;
}

std::string postgres_server::url() const {
    return "postgresql://bursar@/postgres?host=" + workspace::get().path() + "&port=" + std::to_string(port_);
}

std::string postgres_server::tcp_url() const {
    return "postgresql://bursar@127.0.0.1:" + std::to_string(port_) + "/postgres";
}

std::string postgres_server::whole_log() const {
    std::ostringstream out;
    out << std::ifstream{folder_ + ".log"}.rdbuf();
    return out.str();
}

std::size_t postgres_server::times_logged(std::string_view text) const {
    const auto all = whole_log();
    std::size_t times = 0;
    for (auto at = all.find(text); at != std::string::npos; at = all.find(text, at + text.size()))
        ++times;
    return times;
}

std::string postgres_server::log(std::string_view from) const {
    const auto text = whole_log();
    const auto end = text.size() > 4000 ? text.size() - 4000 : 0;
    return text.substr(std::min(text.rfind(from), end), 4000);
}

bool postgres_server::launch() {
    std::vector<std::string> command{
        bin + "postgres",
        "-D",
        folder_,
        "-c",
        "port=" + std::to_string(port_),
        "-c",
        "listen_addresses=127.0.0.1",
        "-c",
        "unix_socket_directories=" + workspace::get().path(),
        "-c",
        "max_connections=100",
        "-c",
        "shared_buffers=32MB"};
    std::vector<std::string> lines = how_.lines;
    if (!how_.durable)
        lines.insert(lines.end(), {"fsync=off", "synchronous_commit=off", "full_page_writes=off"});
    for (const auto& line : lines)
        command.insert(command.end(), {"-c", line});
    pid_ = spawn({unprivileged(), folder_ + ".log", true, how_.environment}, command);
    const auto until = clock::now() + 60s;
    while (clock::now() < until) {
        if (PQping(url().c_str()) == PQPING_OK)
            return true;
        int status = 0;
        if (waitpid(pid_, &status, WNOHANG) == pid_) {
            pid_ = -1;
            return false;
        }
        std::this_thread::sleep_for(5ms);
    }
    throw std::runtime_error("PostgreSQL does not answer:\n" + log());
}

void postgres_server::start() {
    if (running())
        return;
    // After kill -9 the orphaned backends hold the shared memory for a moment, and the new server refuses to start.
    for (int attempt = 0; attempt < 20; ++attempt) {
        if (launch())
            return;
        std::this_thread::sleep_for(100ms);
    }
    throw std::runtime_error("PostgreSQL does not start:\n" + log());
}

void postgres_server::reap() {
    if (!running())
        return;
    while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
}

void postgres_server::stop(stopping how) {
    if (running())
        ::kill(pid_, how == stopping::fast ? SIGINT : SIGQUIT);
    reap();
}

void postgres_server::kill() {
    if (running())
        ::kill(pid_, SIGKILL);
    reap();
}

std::string postgres_server::fresh_schema() {
    auto name = "test_" + std::to_string(++schemas_);
    query("CREATE SCHEMA " + name);
    return name;
}

std::string postgres_server::query(const std::string& sql) const {
    const std::unique_ptr<PGconn, decltype(&PQfinish)> conn{PQconnectdb(url().c_str()), &PQfinish};
    PQsetNoticeReceiver(
        conn.get(), [](void*, const PGresult*) {}, nullptr);
    const std::unique_ptr<PGresult, decltype(&PQclear)> r{PQexec(conn.get(), sql.c_str()), &PQclear};
    const auto status = PQresultStatus(r.get());
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
        throw std::runtime_error(sql + ": " + PQerrorMessage(conn.get()));
    return PQntuples(r.get()) > 0 ? PQgetvalue(r.get(), 0, 0) : "";
}

void postgres_server::wait_until(const std::string& sql, const std::string& expected) const {
    const auto until = clock::now() + 30s;
    std::string seen;
    while (clock::now() < until) {
        seen = query(sql);
        if (seen == expected)
            return;
        std::this_thread::sleep_for(5ms);
    }
    throw std::runtime_error(sql + ": still " + seen + ", not " + expected);
}

} // namespace bursar::tests
