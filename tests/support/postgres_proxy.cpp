#include "tests/support/postgres_proxy.hpp"

#include "tests/support/wait_for.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>

#include <array>

namespace bursar::tests {

namespace asio = server::asio;
using asio::ip::tcp;
using boost::system::error_code;
using server::awaitable;

namespace {

// The text of a Parse message, and the tag of a CommandComplete.
constexpr std::string_view commit{"COMMIT\0", 7};

// Whether the stream brings the word with this piece, be it cut in two.
class word_finder {
public:
    bool in(std::string_view piece, std::string_view word = commit) {
        tail_.append(piece);
        const bool found = tail_.find(word) != std::string::npos;
        tail_.erase(0, tail_.size() - std::min(tail_.size(), word.size() - 1));
        return found;
    }

private:
    std::string tail_;
};

void reset(server::tcp_socket& socket) {
    error_code ignored;
    socket.set_option(asio::socket_base::linger{true, 0}, ignored);
    socket.close(ignored);
}

} // namespace

struct postgres_proxy::link {
    explicit link(server::tcp_socket from)
        : near(std::move(from))
        , far(near.get_executor()) {}
    void cut() {
        reset(near);
        reset(far);
    }

    server::tcp_socket near; // bursar's end
    server::tcp_socket far;  // PostgreSQL's
    word_finder asked;
    word_finder mark;
    bool marked = false; // since the last COMMIT
    word_finder answered;
    at_commit fate = at_commit::pass;
    bool lost_requests = false;
    bool lost_answers = false;
};

postgres_proxy::postgres_proxy(const postgres_server& behind)
    : door_(loop_, tcp::endpoint{asio::ip::address_v4::loopback(), 0})
    , behind_(asio::ip::address_v4::loopback(), static_cast<std::uint16_t>(behind.port())) {
    asio::co_spawn(loop_, accept(), [](std::exception_ptr) {});
    thread_ = std::thread{[this] { loop_.run(); }};
}

postgres_proxy::~postgres_proxy() {
    loop_.stop();
    thread_.join();
}

std::string postgres_proxy::url(const std::string& role) const {
    return "postgresql://" + role + "@127.0.0.1:" + std::to_string(door_.local_endpoint().port()) + "/postgres";
}

void postgres_proxy::cut() {
    asio::post(loop_, [this] {
        for (const auto& weak : links_)
            if (const auto alive = weak.lock())
                alive->cut();
        links_.clear();
    });
}

void postgres_proxy::wait_until_befallen() const {
    wait_for([this] { return befallen_.load(); });
}

awaitable<> postgres_proxy::accept() {
    for (;;) {
        auto made = std::make_shared<link>(co_await door_.async_accept(server::use_awaitable));
        error_code failed;
        co_await made->far.async_connect(behind_, asio::redirect_error(server::use_awaitable, failed));
        if (failed) {
            made->cut();
            continue;
        }
        std::erase_if(links_, [](const auto& weak) { return weak.expired(); });
        links_.push_back(made);
        asio::co_spawn(loop_, upstream(made), [](std::exception_ptr) {});
        asio::co_spawn(loop_, downstream(made), [](std::exception_ptr) {});
    }
}

void postgres_proxy::next_commit(at_commit what, std::string mark) {
    {
        const std::lock_guard lock{mutex_};
        mark_ = std::move(mark);
    }
    armed_ = what;
}

bool postgres_proxy::is_marked(link& of, std::string_view piece) {
    const std::lock_guard lock{mutex_};
    of.marked = (!mark_.empty() && of.mark.in(piece, mark_)) || of.marked;
    return mark_.empty() || of.marked;
}

// True when the piece is not to be passed on.
bool postgres_proxy::befalls_request(link& of, std::string_view piece) {
    const bool marked = is_marked(of, piece);
    if (!of.asked.in(piece))
        return false;
    of.marked = false;
    if (armed_ == at_commit::pass || !marked)
        return false;
    of.fate = armed_.exchange(at_commit::pass);
    if (of.fate != at_commit::lose_request)
        return false;
    of.cut();
    befallen_ = true;
    return true;
}

bool postgres_proxy::befalls_answer(link& of, std::string_view piece) {
    if (!of.answered.in(piece) || (of.fate != at_commit::lose_answer && of.fate != at_commit::hold_answer))
        return false;
    if (of.fate == at_commit::lose_answer)
        of.cut();
    befallen_ = true;
    return true;
}

awaitable<> postgres_proxy::upstream(std::shared_ptr<link> of) {
    std::array<char, 65536> piece{};
    for (;;) {
        error_code failed;
        const auto n =
            co_await of->near.async_read_some(asio::buffer(piece), asio::redirect_error(server::use_awaitable, failed));
        of->lost_requests = of->lost_requests || swallows_requests();
        if (!failed && of->lost_requests)
            continue;
        if (failed || befalls_request(*of, {piece.data(), n}))
            break;
        co_await asio::async_write(
            of->far, asio::buffer(piece, n), asio::redirect_error(server::use_awaitable, failed));
        if (failed)
            break;
    }
    of->cut();
}

// A held answer leaves the connection open: the other direction keeps it.
awaitable<> postgres_proxy::downstream(std::shared_ptr<link> of) {
    std::array<char, 65536> piece{};
    for (;;) {
        error_code failed;
        const auto n =
            co_await of->far.async_read_some(asio::buffer(piece), asio::redirect_error(server::use_awaitable, failed));
        of->lost_answers = of->lost_answers || swallows_answers();
        if (!failed && of->lost_answers)
            continue;
        if (!failed && befalls_answer(*of, {piece.data(), n}))
            co_return;
        if (failed)
            break;
        co_await asio::async_write(
            of->near, asio::buffer(piece, n), asio::redirect_error(server::use_awaitable, failed));
        if (failed)
            break;
    }
    of->cut();
}

} // namespace bursar::tests
