#include "server/telemetry/line_writer.hpp"

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <thread>
#include <vector>

namespace bursar::tests::line_writer_test {

using bursar::server::line_writer;

namespace {

// Both ends of a pipe.
struct pipe_ends {
    pipe_ends() { BOOST_REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0); }
    pipe_ends(const pipe_ends&) = delete;
    pipe_ends& operator=(const pipe_ends&) = delete;
    ~pipe_ends() {
        ::close(ends[0]);
        ::close(ends[1]);
    }

    // Waits for `size` bytes or more.
    std::string read(std::size_t size) {
        std::string text;
        std::array<char, 65536> piece{};
        while (text.size() < size) {
            const auto n = ::read(ends[0], piece.data(), piece.size());
            BOOST_REQUIRE(n > 0);
            text.append(piece.data(), static_cast<std::size_t>(n));
        }
        return text;
    }

    std::array<int, 2> ends{};
};

} // namespace

BOOST_AUTO_TEST_SUITE(line_writer_lines)

BOOST_AUTO_TEST_CASE(a_line_comes_out_without_waiting_for_another) {
    pipe_ends pipe;
    line_writer writer{pipe.ends[1]};
    writer.add("one");
    BOOST_TEST(pipe.read(4) == "one\n");
    writer.add("two");
    BOOST_TEST(pipe.read(4) == "two\n");
}

BOOST_AUTO_TEST_CASE(lines_of_many_threads_stay_whole_and_the_end_writes_them_all) {
    pipe_ends pipe;
    constexpr std::size_t each = 500;
    {
        line_writer writer{pipe.ends[1]};
        std::vector<std::thread> threads;
        for (const char c : {'a', 'b', 'c'})
            threads.emplace_back([&, c] {
                for (std::size_t i = 0; i < each; ++i)
                    writer.add(std::string(9, c));
            });
        for (auto& thread : threads)
            thread.join();
    }
    const auto text = pipe.read(3 * each * 10);
    BOOST_TEST(text.size() == 3 * each * 10);
    for (std::size_t at = 0; at < text.size(); at += 10)
        BOOST_REQUIRE(text.substr(at, 10) == std::string(9, text[at]) + '\n');
}

BOOST_AUTO_TEST_CASE(lines_beyond_the_bound_are_dropped_and_counted_while_nobody_reads) {
    pipe_ends pipe;
    std::size_t taken = 0;
    std::string text;
    {
        line_writer writer{pipe.ends[1], 100'000};
        const std::string line(999, 'x');
        // The pipe holds 64 KiB, the writer twice its bound at most: what waits, and what it has begun to write.
        for (std::size_t i = 0; i < 1'000; ++i)
            writer.add(line);
        BOOST_TEST(writer.dropped() > 700U);
        taken = 1'000 - static_cast<std::size_t>(writer.dropped());
        BOOST_TEST(taken > 90U);
        text = pipe.read(taken * 1'000);
    }
    BOOST_TEST(text.size() == taken * 1'000);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::line_writer_test
