// What ledger_loop.cpp sends to PostgreSQL and reads from it, in binary; and the ids it makes.
#pragma once

#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <random>
#include <string>

namespace bench {

using uuid = std::array<unsigned char, 16>;

template <class Integer>
Integer big_endian(Integer value) {
    if constexpr (sizeof value == 8)
        return static_cast<Integer>(__builtin_bswap64(static_cast<std::uint64_t>(value)));
    else
        return static_cast<Integer>(__builtin_bswap32(static_cast<std::uint32_t>(value)));
}

template <class Integer>
Integer read(const char* bytes) {
    Integer value;
    std::memcpy(&value, bytes, sizeof value);
    return big_endian(value);
}

// The id of account number n, 0198…a0 and eight decimal digits that begin at 10,000,000 (bench/ledger_data.py).
inline uuid account_id(std::size_t n) {
    uuid id{0x01, 0x98, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0xa0};
    n += 10'000'000;
    for (auto at = id.size(); at-- > 12; n /= 100)
        id[at] = static_cast<unsigned char>((n % 100 / 10) << 4 | n % 10);
    return id;
}

// An array of the PostgreSQL wire: a header of one dimension, then each element behind its length.
class wire_array {
public:
    static constexpr std::uint32_t uuids = 2950, bigints = 20, tids = 27;

    explicit wire_array(std::uint32_t type)
        : type_(type) {}

    void clear() {
        bytes_.resize(20);
        count_ = 0;
    }

    void add(const void* element, std::size_t size) {
        const auto at = bytes_.size();
        bytes_.resize(at + 4 + size);
        const auto length = big_endian(static_cast<std::uint32_t>(size));
        std::memcpy(bytes_.data() + at, &length, 4);
        std::memcpy(bytes_.data() + at + 4, element, size);
        ++count_;
    }
    void add(const uuid& id) { add(id.data(), id.size()); }
    void add(std::int64_t number) {
        number = big_endian(number);
        add(&number, sizeof number);
    }

    const std::string& bytes() {
        const std::array<std::uint32_t, 5> header{
            big_endian(1U), 0, big_endian(type_), big_endian(count_), big_endian(1U)};
        std::memcpy(bytes_.data(), header.data(), sizeof header);
        return bytes_;
    }

private:
    std::uint32_t type_;
    std::uint32_t count_ = 0;
    std::string bytes_ = std::string(20, '\0');
};

constexpr std::int64_t postgres_epoch_us = 946'684'800'000'000;

inline std::int64_t now_us() {
    using namespace std::chrono;
    return duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
}

class id_maker {
public:
    uuid version_7() {
        auto id = random();
        const auto at = big_endian(now_us() / 1000 << 16);
        std::memcpy(id.data(), &at, 6);
        id[6] = static_cast<unsigned char>((id[6] & 0x0f) | 0x70);
        id[8] = static_cast<unsigned char>((id[8] & 0x3f) | 0x80);
        return id;
    }

    uuid random() {
        const std::array<std::uint64_t, 2> drawn{random_(), random_()};
        return std::bit_cast<uuid>(drawn);
    }

private:
    std::mt19937_64 random_{std::random_device{}()};
};

} // namespace bench
