// Which two accounts the next transfer moves between, as numbers below the count: one choice for every peer of ours.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

namespace bench {

class account_picker {
public:
    // uniform: any two. zipf: both by Zipf's law with exponent 1, account 0 the most frequent. hot: account 0 is
    // credited by every transfer, the debtor is any other.
    enum class spread { uniform, zipf, hot };

    static std::optional<spread> spread_named(std::string_view name) {
        if (name == "uniform")
            return spread::uniform;
        if (name == "zipf")
            return spread::zipf;
        return name == "hot" ? std::optional{spread::hot} : std::nullopt;
    }

    account_picker(spread how, std::size_t accounts)
        : how_(how)
        , accounts_(accounts)
        , random_(std::random_device{}()) {
        if (accounts < 2)
            throw std::runtime_error("a transfer takes two accounts");
        if (how_ != spread::zipf)
            return;
        cumulative_.reserve(accounts);
        double sum = 0;
        for (std::size_t rank = 1; rank <= accounts; ++rank)
            cumulative_.push_back(sum += 1 / static_cast<double>(rank));
    }

    // The debtor and the creditor, who is another.
    std::pair<std::size_t, std::size_t> next() {
        if (how_ == spread::hot)
            return {1 + any(accounts_ - 1), 0};
        const auto debtor = one();
        auto creditor = one();
        while (creditor == debtor)
            creditor = one();
        return {debtor, creditor};
    }

private:
    std::size_t any(std::size_t below) {
        // Lemire's multiplication without the rejection: biased by less than below / 2^64.
        return static_cast<std::size_t>((static_cast<unsigned __int128>(random_()) * below) >> 64);
    }

    std::size_t one() {
        if (how_ == spread::uniform)
            return any(accounts_);
        const auto drawn = static_cast<double>(random_() >> 11) * 0x1p-53 * cumulative_.back();
        const auto found = std::upper_bound(cumulative_.begin(), cumulative_.end(), drawn) - cumulative_.begin();
        return std::min(static_cast<std::size_t>(found), accounts_ - 1);
    }

    spread how_;
    std::size_t accounts_;
    std::mt19937_64 random_;
    std::vector<double> cumulative_;
};

} // namespace bench
