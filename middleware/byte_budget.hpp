// How many bytes the requests at work may hold: the large bodies that are read, and the large answers until their
// clients have taken them. One budget for the process, and a part of it that one organization may have at most. Who
// finds no room waits, and organizations take turns; of two that wait the one whose turn it is goes first, even if the
// other would fit.
//
// Logic without I/O, on the loop's thread. Outlives whoever holds or waits.
#pragma once

#include "server/fair_queue.hpp"

namespace bursar::middleware {

class byte_budget {
public:
    // Somebody who waits; no longer when it is destroyed.
    class waiter {
    public:
        waiter(byte_budget& budget, const server::uuid& org, std::size_t bytes)
            : budget_(budget)
            , org_(org)
            , bytes_(bytes) {}
        waiter(const waiter&) = delete;
        waiter& operator=(const waiter&) = delete;
        // The bytes are its own now. Must not call back.
        virtual void admit() = 0;
        virtual ~waiter();

    private:
        friend class byte_budget;
        byte_budget& budget_;
        const server::uuid org_;
        const std::size_t bytes_;
        bool waits_ = false;
    };

    // Bytes that are held; given back with the object.
    class holding {
    public:
        // What take() or admit() gave.
        holding(byte_budget& budget, const server::uuid& org, std::size_t bytes) noexcept
            : budget_(&budget)
            , org_(org)
            , bytes_(bytes) {}
        holding(holding&& other) noexcept
            : budget_(std::exchange(other.budget_, nullptr))
            , org_(other.org_)
            , bytes_(other.bytes_) {}
        holding& operator=(holding&&) = delete;
        ~holding() { become(0); }

        // It has turned out to be so many.
        void become(std::size_t bytes) noexcept;

    private:
        byte_budget* budget_;
        server::uuid org_;
        std::size_t bytes_;
    };

    byte_budget(std::size_t most, std::size_t most_of_one) noexcept
        : most_(most)
        , most_of_one_(std::min(most, most_of_one)) {}

    // What is asked for beyond it is as much as this.
    std::size_t most_of_one() const noexcept { return most_of_one_; }
    std::size_t held() const noexcept { return held_; }

    // At once, when there is room and nobody waits. True: hold them.
    bool take(const server::uuid& org, std::size_t bytes);
    // Admits when there is room, perhaps before it returns.
    void wait(waiter& who);

private:
    using holdings = std::unordered_map<server::uuid, std::size_t, server::uuid_hash>;

    std::size_t held_by(const server::uuid& org) const noexcept;
    void charge(const server::uuid& org, std::size_t bytes);
    void change(const server::uuid& org, std::size_t from, std::size_t to) noexcept;
    void admit_next();

    const std::size_t most_;
    const std::size_t most_of_one_;
    std::size_t held_ = 0;
    holdings by_org_; // none is zero
    server::fair_queue<waiter*> waiting_;
};

} // namespace bursar::middleware
