#include "server/thread_pool.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/test/unit_test.hpp>

#include <future>
#include <thread>

namespace bursar::tests::thread_pool_test {

using namespace bursar::server;

namespace {

template <class T>
T run(asio::io_context& loop, awaitable<T> task) {
    std::optional<T> out;
    std::exception_ptr failure;
    asio::co_spawn(loop, std::move(task), [&](std::exception_ptr failed, T value) {
        failure = failed;
        if (!failed)
            out.emplace(std::move(value));
    });
    loop.restart();
    loop.run();
    if (failure)
        std::rethrow_exception(failure);
    return std::move(*out);
}

} // namespace

BOOST_AUTO_TEST_SUITE(thread_pools)

BOOST_AUTO_TEST_CASE(work_runs_elsewhere_and_comes_back) {
    asio::io_context loop;
    thread_pool pool{loop, 1, 4};
    const auto ran_on = run(loop, pool.compute([] { return std::this_thread::get_id(); }));
    BOOST_TEST((ran_on.value() != std::this_thread::get_id()));
    BOOST_TEST(pool.pending() == 0U);
}

BOOST_AUTO_TEST_CASE(what_the_work_throws_arrives) {
    asio::io_context loop;
    thread_pool pool{loop, 1, 4};
    const auto thrower = []() -> int { throw std::runtime_error("broken"); };
    BOOST_CHECK_THROW(run(loop, pool.compute(thrower)), std::runtime_error);
    BOOST_TEST(pool.pending() == 0U);
}

BOOST_AUTO_TEST_CASE(a_full_queue_refuses_without_running) {
    asio::io_context loop;
    thread_pool pool{loop, 1, 2};
    std::promise<void> open;
    const std::shared_future<void> gate = open.get_future();
    int done = 0;
    const auto finish = [&](std::exception_ptr, result<int> out) { done += out ? 1 : 0; };
    for (int i = 0; i < 2; ++i)
        asio::co_spawn(
            loop, pool.compute([gate] {
                gate.wait();
                return 1;
            }),
            finish);
    std::optional<result<int>> third;
    asio::co_spawn(loop, pool.compute([] { return 3; }), [&](std::exception_ptr, result<int> out) {
        third = std::move(out);
        open.set_value();
    });
    loop.run();
    BOOST_TEST(done == 2);
    BOOST_TEST((third->error().code == errc::overloaded));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::thread_pool_test
