// How many exports of one organization may go on at once. Each reads page by page on the few connections for reports,
// where pages take turns as they come: the exports of one organization must not become the wait of all others. A seat
// is free again when its export has ended, however it did. Belongs to the loop's thread.
#pragma once

#include "server/uuid.hpp"

#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>

namespace bursar::handlers {

class export_seats {
    using counts = std::unordered_map<server::uuid, std::size_t, server::uuid_hash>;

public:
    static constexpr std::size_t of_one_organization = 16;

    class seat {
    public:
        seat(seat&& other) noexcept = default;
        seat& operator=(seat&&) = delete;
        ~seat() {
            if (taken_ && --taken_->at(org_) == 0)
                taken_->erase(org_);
        }

    private:
        friend class export_seats;
        seat(std::shared_ptr<counts> taken, const server::uuid& org)
            : taken_(std::move(taken))
            , org_(org) {}

        std::shared_ptr<counts> taken_; // null: moved on
        server::uuid org_;
    };

    // nullopt: all seats of the organization are taken.
    std::optional<seat> take(const server::uuid& org) {
        auto& count = (*taken_)[org];
        if (count >= of_one_organization)
            return std::nullopt;
        ++count;
        return seat{taken_, org};
    }

private:
    std::shared_ptr<counts> taken_ = std::make_shared<counts>();
};

} // namespace bursar::handlers
