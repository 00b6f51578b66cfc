// The middleware chain: steps around a route's handler. A request passes them inwards, its answer outwards. Most steps
// never wait and are filters; one that has to wait is a middleware, a coroutine around everything behind it. Which
// steps a route passes is settled once, at start-up: a step that has nothing to do for a route costs it nothing.
#pragma once

#include "server/http/context.hpp"

#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace bursar::server::http {

class step {
public:
    virtual ~step() = default;
    // Asked once a route, at start-up.
    virtual bool applies_to(const route&) const { return true; }
};

// A step that never waits. Filters that stand side by side share one coroutine, and whatever escapes from behind them
// as an exception has become 500 INTERNAL when it reaches them.
class filter : public step {
public:
    // On the way in. An answer ends the request here: neither what is behind nor this filter's after() is asked.
    virtual std::optional<response> before(request_context&) { return std::nullopt; }
    // On the way out, whatever came of the request.
    virtual void after(request_context&, response&) {}
};

class middleware;
using settled_steps = std::vector<std::shared_ptr<middleware>>;

// What comes after a middleware. Called at most once; one that answers by itself does not call it.
class next {
public:
    next(std::span<const std::shared_ptr<middleware>> steps, const handler& last) noexcept
        : steps_(steps)
        , last_(&last) {}

    awaitable<response> operator()(request_context& context) const;

private:
    std::span<const std::shared_ptr<middleware>> steps_;
    const handler* last_;
};

// A step that may wait. It answers by itself, or calls `rest` and may change what comes back.
class middleware : public step {
public:
    virtual awaitable<response> handle(request_context& context, next rest) = 0;
};

inline awaitable<response> next::operator()(request_context& context) const {
    if (steps_.empty())
        return (*last_)(context);
    return steps_.front()->handle(context, next{steps_.subspan(1), *last_});
}

// The steps in the order a request meets them.
class chain {
public:
    explicit chain(std::vector<std::shared_ptr<step>> steps)
        : steps_(std::move(steps)) {}

    // The steps that apply to the route, in order, each run of filters as one.
    settled_steps steps_for(const route& r) const;

private:
    std::vector<std::shared_ptr<step>> steps_;
};

} // namespace bursar::server::http
