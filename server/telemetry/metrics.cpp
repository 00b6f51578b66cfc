#include "server/telemetry/metrics.hpp"

#include "server/telemetry/log_counts.hpp"

#include <prometheus/text_serializer.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace bursar::server {

namespace {

double resident_bytes() {
    std::ifstream in{"/proc/self/statm"};
    double total = 0;
    double resident = 0;
    in >> total >> resident;
    return resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

double cpu_seconds() {
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    const auto seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

double wall_seconds() {
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// proc(5): field 22 of stat, in ticks since the machine started, which is in uptime. The name of the program, in
// brackets, may hold spaces.
double age_seconds() {
    std::ifstream stat{"/proc/self/stat"};
    std::string text;
    std::getline(stat, text);
    std::istringstream fields{text.substr(std::min(text.rfind(')') + 1, text.size()))};
    std::string skipped;
    for (int field = 3; field < 22; ++field)
        fields >> skipped;
    double ticks = 0;
    double up = 0;
    fields >> ticks;
    std::ifstream{"/proc/uptime"} >> up;
    return std::max(up - ticks / static_cast<double>(::sysconf(_SC_CLK_TCK)), 0.0);
}

double open_descriptors() {
    std::error_code failed;
    std::size_t count = 0;
    for (std::filesystem::directory_iterator at{"/proc/self/fd", failed}, end; !failed && at != end;
         at.increment(failed))
        ++count;
    return static_cast<double>(count);
}

} // namespace

prometheus::Histogram::BucketBoundaries duration_buckets() {
    return {.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10};
}

scrape_metrics::scrape_metrics(prometheus::Registry& registry)
    : registry_(registry)
    , logged_(prometheus::BuildCounter()
                  .Name("bursar_log_events_total")
                  .Help("Warnings and errors in the log, by event.")
                  .Register(registry)) {
    add("process_resident_memory_bytes", "Resident memory.", resident_bytes);
    add("process_open_fds", "Open file descriptors.", open_descriptors);
    add_counter("process_cpu_seconds_total", "CPU time, of the user and of the system.", cpu_seconds);
    // Once: a clock that is set afterwards does not move it.
    add("process_start_time_seconds", "When the process started, since the epoch.",
        [started = wall_seconds() - age_seconds()] { return started; });
    add("bursar_uptime_seconds", "How long the process has run.", age_seconds);
}

void scrape_metrics::add(std::string name, std::string help, std::function<double()> read) {
    auto& gauge = prometheus::BuildGauge().Name(name).Help(help).Register(registry_).Add({});
    gauges_.emplace_back(&gauge, std::move(read));
}

void scrape_metrics::add_counter(std::string name, std::string help, std::function<double()> read) {
    auto& counter = prometheus::BuildCounter().Name(name).Help(help).Register(registry_).Add({});
    counters_.emplace_back(&counter, std::move(read));
}

void scrape_metrics::add_build(std::string_view version) {
    prometheus::BuildGauge()
        .Name("bursar_build_info")
        .Help("1; which build this is.")
        .Register(registry_)
        .Add({{"version", std::string{version}}, {"compiler", "GCC " __VERSION__}})
        .Set(1);
}

std::string scrape_metrics::render() {
    for (auto& [gauge, read] : gauges_)
        gauge->Set(read());
    for (auto& [counter, read] : counters_)
        counter->Increment(std::max(read() - counter->Value(), 0.0));
    for (const auto& [level, event, lines] : log_counts()) {
        auto& counter = logged_.Add({{"level", level}, {"event", event}});
        counter.Increment(static_cast<double>(lines) - counter.Value());
    }
    std::ostringstream out;
    prometheus::TextSerializer{}.Serialize(out, registry_.Collect());
    return out.str();
}

} // namespace bursar::server
