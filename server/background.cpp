#include "server/background.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

namespace bursar::server {

struct background::entry {
    entry(background& all, job of, prometheus::Counter& counted, prometheus::Gauge& last)
        : what(std::move(of))
        , runs(counted)
        , last_run(last)
        , going(all.loop_, what.pause, [&all, this] { return all.run(*this); }) {}
    entry(const entry&) = delete;
    entry& operator=(const entry&) = delete;

    job what;
    prometheus::Counter& runs;
    prometheus::Gauge& last_run;
    periodic going;
};

background::background(asio::io_context& loop, prometheus::Registry& metrics)
    : loop_(loop)
    , runs_(prometheus::BuildCounter()
                .Name("bursar_background_runs_total")
                .Help("How often a job beside the requests came to its end, whatever it came to.")
                .Register(metrics))
    , last_runs_(prometheus::BuildGauge()
                     .Name("bursar_background_last_run_timestamp_seconds")
                     .Help("When it last did.")
                     .Register(metrics)) {}

background::~background() = default;

void background::add(job what) {
    if (what.pause <= what.pause.zero())
        return;
    const std::string name{what.name};
    entries_.emplace_back(*this, std::move(what), runs_.Add({{"job", name}}), last_runs_.Add({{"job", name}}));
}

void background::start(task_group& tasks) {
    tasks_ = &tasks;
    spawn(begins::at_start);
}

void background::ready() {
    spawn(begins::when_ready);
}

void background::spawn(begins when) {
    for (auto& each : entries_)
        if (each.what.when == when)
            tasks_->spawn(each.what.name, each.going.run());
}

awaitable<bool> background::run(entry& which) {
    const bool more = co_await which.what.work();
    which.runs.Increment();
    which.last_run.SetToCurrentTime();
    co_return more;
}

void background::end(std::string_view name) noexcept {
    for (auto& each : entries_)
        if (each.what.name == name)
            each.going.stop();
}

awaitable<> background::stop() {
    for (auto each = entries_.rbegin(); each != entries_.rend(); ++each) {
        each->going.stop();
        if (each->what.last)
            static_cast<void>(co_await each->what.last());
    }
}

} // namespace bursar::server
