// How much of a busy process one tenant may have: at work at once, `headroom` more than the other tenants have on
// average, counted by the weight of its requests, and any number while it is alone. So tenants that are equally busy
// never wait for each other, and one that floods waits behind its own. A tenant counts for a while after its last
// request, so that one that asks now and then does not meet a flood that had the process to itself.
//
// Logic without I/O, on the loop's thread. What has left is counted off by settle(), which is meant to be called once a
// turn of the loop: requests that never wait for anything take their turns too.
#pragma once

#include "server/asio.hpp"
#include "server/uuid.hpp"

#include <boost/intrusive/list.hpp>

#include <cstddef>
#include <list>
#include <unordered_map>
#include <utility>
#include <vector>

namespace bursar::middleware {

class fair_share {
public:
    using time_point = server::steady_clock::time_point;

    class tenant;

    // Somebody whose request waits; no longer when it is destroyed.
    class waiter : public boost::intrusive::list_base_hook<> {
    public:
        waiter() = default;
        waiter(const waiter&) = delete;
        waiter& operator=(const waiter&) = delete;
        // It is at work now. Must not call back.
        virtual void admit() = 0;
        virtual ~waiter();

    private:
        friend class fair_share;
        tenant* behind_ = nullptr;
        std::size_t weight_ = 1;
    };

    class tenant : public boost::intrusive::list_base_hook<> {
        friend class fair_share;
        server::uuid org_;
        time_point seen_{};
        std::size_t at_work_ = 0;
        boost::intrusive::list<waiter> waiting_;
    };

    // `most`: requests at work and waiting, of all tenants together.
    fair_share(std::size_t headroom, std::size_t most, std::chrono::milliseconds memory = std::chrono::seconds{10});

    // The tenant of a request that came, which stays where it is as long as something of it is at work or waits.
    tenant& arrive(const server::uuid& org, time_point now);

    // Whether the request may go to work at once; if so, it is at work. Its weight is at most the headroom.
    bool start(tenant& whose, std::size_t weight = 1) noexcept;
    // Behind those of the same tenant. False: too many of them wait already.
    bool wait(tenant& whose, waiter& who, std::size_t weight = 1) noexcept;

    // A request is no longer at work. True: settle() is wanted, and none was wanted before.
    bool leave(tenant& whose, std::size_t weight = 1);
    // Who waits and fits now is at work.
    void settle() noexcept;

private:
    bool fits(const tenant& whose, std::size_t weight) const noexcept;
    void forget(time_point now);

    const std::size_t headroom_;
    const std::size_t most_;
    const std::chrono::milliseconds memory_;
    std::list<tenant> tenants_; // the one not heard of for longest is the first
    std::unordered_map<server::uuid, std::list<tenant>::iterator, server::uuid_hash> by_org_;
    boost::intrusive::list<tenant> waiting_;            // tenants of whom somebody waits
    std::vector<std::pair<tenant*, std::size_t>> left_; // each request that left since settle(), with its weight
    std::size_t at_work_ = 0;
};

} // namespace bursar::middleware
