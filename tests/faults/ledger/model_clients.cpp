#include "tests/faults/ledger/model_clients.hpp"

#include "server/time.hpp"
#include "server/uuid.hpp"

#include <boost/json/serialize.hpp>

namespace bursar::tests {

using namespace model_places;
using clock = std::chrono::steady_clock;

namespace {

constexpr std::size_t remembered_targets = 60;

std::string numbers(const std::vector<std::int64_t>& all) {
    std::string out;
    for (const auto each : all)
        out += (out.empty() ? "" : ",") + std::to_string(each);
    return out;
}

// Refusals that the ledger keeps, so that their key is used up.
bool keeps_key(const std::string& code) {
    return code.empty() || code == "INSUFFICIENT_FUNDS" || code == "LIMIT_EXCEEDED" || code == "ACCOUNT_NOT_OPEN" ||
           code == "CURRENCY_MISMATCH";
}

std::string month_name(std::size_t of) {
    const auto month = std::to_string(of % 12 + 1);
    return std::to_string(2001 + of / 12) + (month.size() == 1 ? "-0" : "-") + month;
}

std::string text_at(const boost::json::value& object, std::string_view name) {
    const auto* const found = object.as_object().if_contains(name);
    return found != nullptr && found->is_string() ? boost::json::value_to<std::string>(*found) : std::string{};
}

} // namespace

std::vector<std::int64_t> shown_balance(const boost::json::value& of, const boost::json::value& seq) {
    std::vector<std::int64_t> out;
    for (const auto* name : {"posted", "pending_in", "pending_out", "available"})
        out.push_back(of.at(name).to_number<std::int64_t>());
    out.push_back(seq.to_number<std::int64_t>());
    return out;
}

void model_round::add_target(target made) {
    const std::lock_guard lock{mutex_};
    targets_.push_back(std::move(made));
    if (targets_.size() > remembered_targets)
        targets_.erase(targets_.begin());
}

std::optional<model_round::target> model_round::pick_target(std::mt19937_64& random) {
    const std::lock_guard lock{mutex_};
    if (targets_.empty())
        return std::nullopt;
    return targets_[random() % targets_.size()];
}

void model_round::note(std::vector<operation> done, std::vector<sight> seen, std::size_t again) {
    const std::lock_guard lock{mutex_};
    std::move(done.begin(), done.end(), std::back_inserter(operations));
    std::move(seen.begin(), seen.end(), std::back_inserter(sights));
    repeated += again;
}

void model_round::complain(std::string what) {
    const std::lock_guard lock{mutex_};
    complaints.push_back(std::move(what));
}

model_client::model_client(model_round& in, std::uint64_t seed, duty also)
    : in_(in)
    , random_(seed)
    , client_(in.key, in.ports, seed + 1, &in.favourite)
    , other_(in.key, in.ports, seed + 2)
    , also_(also)
    , room_(in.accounts.size()) {}

void model_client::run(std::size_t requests) {
    try {
        for (std::size_t i = 0; i < requests; ++i) {
            if (also_ == duty::freezes && chance(15))
                freeze_or_thaw();
            if (also_ == duty::closes && chance(15))
                close_a_month();
            if (chance(10))
                look();
            if (chance(8))
                repeat_earlier();
            if (chance(4))
                carry_out_batch();
            else
                carry_out(invent());
            ++in_.answered;
        }
    } catch (const std::exception& unexpected) {
        in_.complain(unexpected.what());
    }
    in_.note(std::move(done_), std::move(seen_), client_.repeated() + other_.repeated());
    --in_.clients;
}

// As much as there is room for, or one more: most others are far from it.
std::optional<model_leg> model_client::leg_to_the_limit() {
    const auto place = 2 + below(5);
    if (room_[place] <= 0)
        return std::nullopt;
    const auto amount = room_[place] + static_cast<std::int64_t>(below(2));
    return in_.accounts[place].ceiling ? model_leg{world, place, amount} : model_leg{place, world, amount};
}

void model_client::learn_room(const operation& of) {
    for (const auto& each : of.balances.as_array()) {
        const auto id = text_at(each, "account_id");
        const auto found = std::find_if(
            in_.accounts.begin(), in_.accounts.end(), [&](const auto& account) { return account.id == id; });
        const auto now = shown_balance(each, each.at("seq"));
        auto& room = room_[static_cast<std::size_t>(found - in_.accounts.begin())];
        if (found->ceiling)
            room = *found->ceiling - now[0] - now[1];
        else if (found->floor)
            room = now[3] - *found->floor;
    }
}

model_leg model_client::some_leg() {
    if (chance(10))
        if (const auto made = leg_to_the_limit())
            return *made;
    if (chance(3))
        return {without_end + below(2), without_end, chance(50) ? largest_exact : largest_exact - amount()};
    if (chance(4))
        return {dollars, dollars + 1, amount()};
    if (chance(10))
        return {beside_it, frozen_at_times, amount()};
    if (chance(25))
        return {world, 2 + below(4), amount()};
    return {below(in_euros), below(in_euros), amount()};
}

std::string model_client::leg_text(const model_leg& leg) const {
    return R"({"debit_account_id":")" + in_.accounts[leg.debit].id + R"(","credit_account_id":")" +
           in_.accounts[leg.credit].id + R"(","amount":)" + std::to_string(leg.amount) + "}";
}

std::string model_client::body_of(operation& of) {
    const auto& what = of.request;
    std::string out;
    if (what.legs.size() == 1) {
        out = leg_text(what.legs.front());
        out.pop_back();
    } else {
        out = R"({"legs":[)";
        for (const auto& leg : what.legs)
            out += (&leg == &what.legs.front() ? "" : ",") + leg_text(leg);
        out += "]";
    }
    if (what.pending)
        out += R"(,"pending":true)";
    if (what.expires)
        out += R"(,"expires_at":")" + server::to_rfc3339(server::now() + std::chrono::milliseconds{200 + below(1000)}) +
               "\"";
    if (of.month)
        out += R"(,"effective_at":")" + month_name(*of.month) + "-15T12:00:00Z\"";
    return out + "}";
}

operation model_client::invent() {
    const auto kind = below(100);
    auto made = kind < 4    ? invent_bad()
                : kind < 30 ? invent_settling()
                : kind < 42 ? invent_reversal()
                            : invent_transfer();
    made.key = fresh_key();
    return made;
}

operation model_client::invent_transfer() {
    operation out;
    out.path = transfers_path;
    auto& what = out.request;
    const auto legs = chance(20) ? 2 + below(3) : 1;
    while (what.legs.size() < legs) {
        auto leg = some_leg();
        if (leg.debit == leg.credit)
            leg.credit = leg.debit == without_end ? leg.debit + 1 : (leg.debit + 1) % in_euros;
        what.legs.push_back(leg);
    }
    what.pending = chance(35);
    what.expires = what.pending && chance(25);
    if (!what.pending && chance(20)) // closed, about to be, or a little later
        out.month = in_.closing_months + below(3) - std::min<std::size_t>(in_.closing_months, 1);
    out.body = body_of(out);
    return out;
}

// The whole, nothing said, or a part, sometimes too much.
void model_client::add_parts(operation& to, const model_round::target& of) {
    if (chance(50))
        return;
    std::int64_t sum = 0;
    for (const auto whole : of.amounts) {
        const auto limit = static_cast<std::size_t>(std::min<std::int64_t>(whole, 200));
        to.request.amounts.push_back(static_cast<std::int64_t>(below(limit + 2)));
        sum += to.request.amounts.back();
    }
    if (sum == 0)
        to.request.amounts.front() = 1;
    to.body = of.amounts.size() == 1 ? R"({"amount":)" + numbers(to.request.amounts) + "}"
                                     : R"({"amounts":[)" + numbers(to.request.amounts) + "]}";
}

operation model_client::invent_settling() {
    const auto target = in_.pick_target(random_);
    if (!target)
        return invent_transfer();
    operation out;
    out.request.what = chance(65) ? action::post : action::void_;
    out.request.target = target->id;
    out.path = std::string{transfers_path} + "/" + target->id + (out.request.what == action::post ? "/post" : "/void");
    if (out.request.what == action::post)
        add_parts(out, *target);
    return out;
}

operation model_client::invent_reversal() {
    const auto target = in_.pick_target(random_);
    if (!target)
        return invent_transfer();
    operation out;
    out.request.what = action::reverse;
    out.request.target = target->id;
    out.path = std::string{transfers_path} + "/" + target->id + "/reverse";
    add_parts(out, *target); // of a hold: perhaps more than was posted
    return out;
}

operation model_client::invent_bad() {
    operation out;
    out.path = transfers_path;
    auto& legs = out.request.legs;
    const auto kind = below(6);
    if (kind == 0)
        legs = {{world, 2, 0}};
    else if (kind == 1)
        legs = {{world, world, 1}};
    else if (kind == 2)
        legs = {{world, dollars, 1}};
    else if (kind == 3)
        legs = {{world, 2, 1}, {world, frozen, 1}};
    else
        legs = {{world, 2, 1}};
    out.body = body_of(out);
    out.must_be = kind < 2 ? "VALIDATION_FAILED" : kind == 2 ? "CURRENCY_MISMATCH" : "ACCOUNT_NOT_OPEN";
    if (kind == 4) {
        out.body.replace(out.body.find(in_.accounts[2].id), 36, server::uuid::v7().to_string());
        out.must_be = "NOT_FOUND";
    }
    if (kind == 5) {
        out.path = std::string{transfers_path} + "/" + server::uuid::v7().to_string() + "/post";
        out.request = {action::post, {}, false, false, "nobody", {}};
        out.body.clear();
        out.must_be = "NOT_FOUND";
    }
    return out;
}

void model_client::take_in(operation& op, const reply& answer) {
    op.status = answer.status;
    op.code = answer.code();
    if (answer.status == 201) {
        op.id = answer.id();
        op.balances = answer.data().at("balances");
    } else if (const auto* const fields = answer.body.at("error").as_object().if_contains("fields")) {
        op.pointer = text_at(fields->as_array().at(0), "pointer");
    }
}

void model_client::expect_same(const operation& op, const reply& again) {
    const bool same =
        op.status == again.status && op.code == again.code() && (op.status >= 400 || op.text == again.text);
    if (!same)
        in_.complain(
            "one key, two answers: " + op.path + " " + op.body + " with " + op.key + ": " + op.text + " and " +
            again.text);
}

reply model_client::send(careful_client& by, const operation& op) {
    return by.post(op.path, op.body, op.key);
}

void model_client::expect_key_refused(const operation& op, const reply& other) {
    if (other.code() != "IDEMPOTENCY_KEY_REUSED")
        in_.complain("a key served two requests: " + op.body + " with " + op.key + ", and another: " + other.text);
}

void model_client::carry_out(operation op) {
    const bool twice = chance(15);
    std::future<reply> second;
    op.sent = clock::now();
    if (twice)
        second = std::async(std::launch::async, [this, sent = op] { return send(other_, sent); });
    const auto answer = send(client_, op);
    op.answered = clock::now();
    take_in(op, answer);
    op.text = answer.text;
    if (twice)
        expect_same(op, second.get());
    else if (answer.replayed && !client_.unsure())
        in_.complain(
            "was said not to be done, and was: " + op.path + " " + op.body + " with " + op.key + ", answered " +
            client_.put_off());
    if (op.status == 201) {
        learn_room(op);
        model_round::target made{op.id, {}};
        for (const auto& leg : answer.data().at("legs").as_array())
            made.amounts.push_back(leg.at("amount").to_number<std::int64_t>());
        in_.add_target(std::move(made));
    }
    if (op.path == transfers_path && keeps_key(op.code) && chance(3)) {
        auto other = invent_transfer();
        other.key = op.key;
        if (other.body != op.body)
            expect_key_refused(op, send(client_, other));
    }
    done_.push_back(std::move(op));
}

// Until none of its members has to be tried again.
reply model_client::send_batch(const operation& whole) {
    const auto unfinished = [](const reply& answer) {
        if (answer.status != 200)
            return false;
        const auto& all = answer.data().as_array();
        return std::any_of(all.begin(), all.end(), [](const auto& each) {
            return each.at("status").template to_number<int>() == 503;
        });
    };
    auto answer = send(client_, whole);
    while (unfinished(answer))
        answer = send(client_, whole);
    return answer;
}

void model_client::take_in_member(operation& member, const boost::json::value& answer) {
    member.status = answer.at("status").to_number<unsigned>();
    if (member.status == 201) {
        member.id = text_at(answer.at("transfer"), "id");
        member.balances = answer.at("transfer").at("balances");
    } else {
        member.code = text_at(answer.at("error"), "code");
        member.pointer = text_at(answer.at("error"), "pointer");
    }
}

// One member is at fault, named by its place, and takes the others with it.
void model_client::take_in_refusal(std::vector<operation>& members, const reply& answer) {
    constexpr std::string_view places = "/transfers/";
    for (auto& member : members) {
        take_in(member, answer);
        member.with_others = true;
    }
    auto pointer = members.front().pointer;
    const auto place =
        pointer.starts_with(places) ? std::strtoul(&pointer[places.size()], nullptr, 10) : members.size();
    if (place >= members.size())
        return in_.complain("refused without naming a member: " + answer.text);
    auto& guilty = members[place];
    guilty.with_others = false;
    guilty.pointer.erase(0, pointer.find('/', places.size()));
    for (std::size_t i = 0; i < place; ++i)
        guilty.before.push_back(members[i].request);
}

void model_client::carry_out_batch() {
    std::vector<operation> members(2 + below(6));
    operation whole;
    whole.path = std::string{transfers_path} + "/batch";
    whole.body = std::string{R"({"atomic":)"} + (chance(50) ? "true" : "false") + R"(,"transfers":[)";
    whole.key = fresh_key();
    for (auto& member : members) {
        member = invent_transfer();
        whole.body += (&member == &members.front() ? "" : ",") + member.body;
    }
    whole.body += "]}";
    whole.sent = clock::now();
    const auto answer = send_batch(whole);
    whole.answered = clock::now();
    if (answer.status != 200)
        take_in_refusal(members, answer);
    for (std::size_t i = 0; i < members.size(); ++i) {
        auto& member = members[i];
        if (answer.status == 200)
            take_in_member(member, answer.data().at(i));
        member.path = whole.path;
        member.key = whole.key + " " + std::to_string(i);
        member.sent = whole.sent;
        member.answered = whole.answered;
        done_.push_back(std::move(member));
    }
}

// Whatever came of its transfer since, the answer stays.
void model_client::repeat_earlier() {
    if (done_.empty())
        return;
    const auto& op = done_[below(done_.size())];
    if (!op.text.empty())
        expect_same(op, send(client_, op));
}

void model_client::look() {
    std::string ids;
    for (const auto& account : in_.accounts)
        ids += (ids.empty() ? "\"" : ",\"") + account.id + "\"";
    sight out{clock::now(), {}, {}};
    const auto answer = client_.post("/api/v1/accounts/balances", R"({"account_ids":[)" + ids + "]}");
    out.answered = clock::now();
    if (answer.status != 200)
        return in_.complain("balances cannot be read: " + answer.text);
    for (const auto& each : answer.data().as_array())
        out.balances.push_back(shown_balance(each, each.at("as_of").at("seq")));
    seen_.push_back(std::move(out));
}

void model_client::close_a_month() {
    const auto month = in_.closing_months++;
    auto& now = in_.closings.emplace_back();
    now.asked = clock::now();
    const auto answer = client_.post("/api/v1/periods/" + month_name(month) + "/close", {});
    now.done = clock::now();
    if (answer.status != 200)
        in_.complain("a month is not closed: " + answer.text);
}

void model_client::freeze_or_thaw() {
    auto& all = in_.frosts;
    const bool thaws = !all.empty() && all.back().thawed == instant::max();
    auto& now = thaws ? all.back() : all.emplace_back();
    (thaws ? now.thaw_asked : now.asked) = clock::now();
    const auto path = "/api/v1/accounts/" + in_.accounts[model_places::frozen_at_times].id;
    const auto answer = client_.post(path + (thaws ? "/unfreeze" : "/freeze"), {});
    (thaws ? now.thawed : now.done) = clock::now();
    if (answer.status != 200)
        in_.complain("neither frozen nor thawed: " + answer.text);
}

} // namespace bursar::tests
