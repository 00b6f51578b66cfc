#include "server/rate_limits/redis_store.hpp"

#include "server/random.hpp"

#include <boost/asio/redirect_error.hpp>

#include <hiredis/hiredis.h>

#include <algorithm>

namespace bursar::server::rate_limits {

using namespace std::chrono_literals;

namespace {

constexpr auto patience = 50ms;
constexpr auto connect_patience = 2s;
constexpr auto shortest_pause = 50ms;
constexpr auto longest_pause = 2000ms;

// KEYS: the budgets. ARGV: of each the interval and the window, in nanoseconds. Answers, of each, with the debt after
// this call, or with minus the wait of a refusal, both in microseconds. Microseconds since 2026 leave a Lua number room
// for fractions.
constexpr std::string_view source = R"lua(
local time = redis.call('TIME')
local now = (time[1] - 1767225600) * 1000000 + time[2]
local after, answer, fits = {}, {}, true
for i = 1, #KEYS do
    local interval, window = ARGV[2 * i - 1] / 1000, ARGV[2 * i] / 1000
    local whole_at = tonumber(redis.call('GET', KEYS[i]) or now)
    after[i] = math.min(math.max(whole_at - now, 0), window) + interval
    if after[i] > window + 0.01 then
        fits = false
        answer[i] = -math.ceil(after[i] - window)
    else
        answer[i] = math.floor(after[i])
    end
end
for i = 1, fits and #KEYS or 0 do
    redis.call('SET', KEYS[i], now + after[i], 'PX', math.ceil(after[i] / 1000))
end
return answer
)lua";

std::string_view name_of(scope in) noexcept {
    static constexpr std::array<std::string_view, static_cast<std::size_t>(scope::count_)> names{
        "address", "network", "principal", "expensive", "tenant", "login_address", "login_network", "login_account"};
    return names[static_cast<std::size_t>(in)];
}

std::string key_of(const subject& who) {
    std::string out{"bursar:limit:"};
    out += name_of(who.in);
    out += ':';
    out += uuid{who.id}.to_string();
    return out;
}

bool starts_with(const redisReply& reply, std::string_view text) noexcept {
    return std::string_view{reply.str, reply.len}.starts_with(text);
}

} // namespace

struct redis_store::call {
    call(asio::io_context& loop, const charges& all)
        : late(loop) {
        for (const auto& each : all) {
            words.push_back(key_of(each.who));
            of.push_back(each.under.of);
        }
        for (const auto& each : of) {
            words.push_back(std::to_string(each.interval().count()));
            words.push_back(std::to_string(nanoseconds{each.window}.count()));
        }
    }

    void done() {
        answered = true;
        late.cancel();
    }

    boost::container::static_vector<std::string, 3 * charges::static_capacity> words; // the keys, then the arguments
    boost::container::static_vector<quota, charges::static_capacity> of;
    timer late;
    std::optional<decisions> made;
    bool answered = false;
};

redis_store::redis_store(asio::io_context& loop, redis_address where, change_handler changed)
    : loop_(loop)
    , where_(std::move(where))
    , changed_(std::move(changed))
    , timer_(loop)
    , resolver_(loop) {}

redis_store::~redis_store() {
    stop();
}

void redis_store::start() {
    if (state_ == state::stopped)
        connect();
}

void redis_store::stop() noexcept {
    state_ = state::stopped;
    ++epoch_;
    timer_.cancel();
    resolver_.cancel();
    if (const auto link = std::exchange(link_, nullptr))
        link->close();
}

void redis_store::connect() {
    state_ = state::connecting;
    const auto epoch = ++epoch_;
    timer_.expires_after(connect_patience);
    timer_.async_wait([this, epoch](boost::system::error_code cancelled) {
        if (!cancelled && epoch == epoch_ && state_ == state::connecting)
            lose("no connection in time");
    });
    boost::system::error_code is_name;
    const auto address = asio::ip::make_address(where_.host, is_name);
    if (!is_name)
        return greet({address, where_.port});
    resolver_.async_resolve(
        where_.host, std::to_string(where_.port), [this, epoch](boost::system::error_code failed, const auto& found) {
            if (epoch != epoch_ || state_ != state::connecting)
                return;
            if (failed || found.empty())
                return lose("the name of its host is not known");
            const auto turn = static_cast<std::ptrdiff_t>(failures_ % found.size());
            greet(std::next(found.begin(), turn)->endpoint());
        });
}

void redis_store::greet(const asio::ip::tcp::endpoint& at) {
    link_ = redis_link::connect(loop_, at, [this](std::string_view why) { lose(why); });
    if (!link_)
        return lose("no connection can be made");
    if (!where_.user.empty())
        greet_with({"AUTH", where_.user, where_.password}, nullptr);
    else if (!where_.password.empty())
        greet_with({"AUTH", where_.password}, nullptr);
    if (where_.database != 0)
        greet_with({"SELECT", std::to_string(where_.database)}, nullptr);
    greet_with({"SCRIPT", "LOAD", source}, &redis_store::loaded);
    greet_with({"EVAL", source, "1", "bursar:limit:trial", "1000000", "1000000000"}, &redis_store::tried);
}

// An error in any of the answers ends the attempt.
void redis_store::greet_with(
    std::initializer_list<std::string_view> words, void (redis_store::*next)(const redisReply&)) {
    if (!link_)
        return;
    const bool secret = *words.begin() == "AUTH";
    const auto replied = [this, next, secret, epoch = epoch_](const redisReply* reply) {
        if (reply == nullptr || epoch != epoch_)
            return;
        if (reply->type == REDIS_REPLY_ERROR && secret)
            lose("AUTH was refused"); // what Redis says may repeat the password
        else if (reply->type == REDIS_REPLY_ERROR)
            lose({reply->str, reply->len});
        else if (next != nullptr)
            (this->*next)(*reply);
    };
    if (!link_->send({words.begin(), words.size()}, replied))
        lose("no command can be sent");
}

void redis_store::loaded(const redisReply& reply) {
    if (reply.type == REDIS_REPLY_STRING)
        script_.assign(reply.str, reply.len);
}

void redis_store::tried(const redisReply&) {
    timer_.cancel();
    state_ = state::ready;
    notify(true, {});
}

// The first attempt after an answer comes at once; after that, half to all of a pause that doubles.
void redis_store::lose(std::string_view why) {
    const std::string reason{why}; // it may be a part of what goes with the link
    state_ = state::waiting;
    const auto epoch = ++epoch_;
    if (const auto link = std::exchange(link_, nullptr))
        link->close();
    std::chrono::milliseconds pause = 0ms;
    if (failures_ > 0) {
        pause =
            std::min<std::chrono::milliseconds>(shortest_pause * (1U << std::min(failures_ - 1, 6U)), longest_pause);
        pause = pause / 2 + pause * (random_u64() % 1024) / 2048;
    }
    ++failures_;
    timer_.expires_after(pause);
    timer_.async_wait([this, epoch](boost::system::error_code cancelled) {
        if (!cancelled && epoch == epoch_ && state_ == state::waiting)
            connect();
    });
    notify(false, reason);
}

void redis_store::notify(bool up, std::string_view why) {
    if (notified_ == up)
        return;
    notified_ = up;
    changed_(up, why);
}

bool redis_store::send(const std::shared_ptr<call>& made, bool with_source) {
    const auto keys = std::to_string(made->of.size());
    boost::container::static_vector<std::string_view, 3 + 3 * charges::static_capacity> words{
        with_source ? std::string_view{"EVAL"} : "EVALSHA", with_source ? source : std::string_view{script_}, keys};
    words.insert(words.end(), made->words.begin(), made->words.end());
    return link_ && link_->send({words.data(), words.size()}, [this, made, epoch = epoch_](const redisReply* reply) {
        if (epoch == epoch_)
            answer(made, reply);
        else
            made->done();
    });
}

void redis_store::answer(const std::shared_ptr<call>& made, const redisReply* reply) {
    // Somebody emptied its cache of scripts.
    if (reply != nullptr && reply->type == REDIS_REPLY_ERROR && starts_with(*reply, "NOSCRIPT") && send(made, true))
        return;
    if (reply != nullptr && reply->type == REDIS_REPLY_ARRAY && reply->elements == made->of.size()) {
        failures_ = 0;
        auto& out = made->made.emplace();
        for (std::size_t i = 0; i < reply->elements; ++i) {
            const std::chrono::microseconds wait{reply->element[i]->integer};
            out.push_back(wait < 0us ? refused(-wait) : accepted(made->of[i], wait));
        }
    }
    made->done();
    if (!made->made && reply != nullptr)
        lose(reply->type == REDIS_REPLY_ERROR ? std::string_view{reply->str, reply->len} : "an answer out of shape");
}

awaitable<std::optional<decisions>> redis_store::take(charges all) {
    if (!up())
        co_return std::nullopt;
    const auto epoch = epoch_;
    const auto made = std::make_shared<call>(loop_, all);
    if (!send(made, false))
        co_return std::nullopt;
    made->late.expires_after(patience);
    boost::system::error_code cancelled;
    co_await made->late.async_wait(asio::redirect_error(use_awaitable, cancelled));
    if (!made->answered && epoch == epoch_)
        lose("no answer in time");
    co_return std::move(made->made);
}

} // namespace bursar::server::rate_limits
