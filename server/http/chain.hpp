// The middleware chain: an onion of coroutine steps around a route's handler. Which steps a route passes is settled
// once, at start-up: a step that has nothing to do for a route costs it nothing.
#pragma once

#include "server/http/context.hpp"

#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace bursar::server::http {

class middleware;

// What comes after a step. Called at most once; a step that answers by itself does not call it.
class next {
public:
    next(std::span<middleware* const> steps, const handler& last) noexcept
        : steps_(steps)
        , last_(&last) {}

    awaitable<response> operator()(request_context& context) const;

private:
    std::span<middleware* const> steps_;
    const handler* last_;
};

class middleware {
public:
    virtual ~middleware() = default;
    virtual std::string_view name() const noexcept = 0;
    // Asked once a route, at start-up.
    virtual bool applies_to(const route&) const { return true; }
    virtual awaitable<response> handle(request_context& context, next rest) = 0;
};

inline awaitable<response> next::operator()(request_context& context) const {
    if (steps_.empty())
        return (*last_)(context);
    return steps_.front()->handle(context, next{steps_.subspan(1), *last_});
}

// The steps in the order a request meets them. Owns them.
class chain {
public:
    explicit chain(std::vector<std::unique_ptr<middleware>> steps)
        : steps_(std::move(steps)) {}

    // The steps that apply to the route, in order.
    std::vector<middleware*> steps_for(const route& r) const;

private:
    std::vector<std::unique_ptr<middleware>> steps_;
};

} // namespace bursar::server::http
