// The physical limit of scripts/bench ledger: batches of transfers through libpq in two round trips each, with no HTTP
// and no queue in front. Its tables are tests/load/peers/ledger/schema.sql, its accounts those of bench/ledger_data.py.
//
// A batch: BEGIN, lock and read its accounts in the order of their ids, look up its idempotency keys; check every
// transfer against status, currency, floor and the balances so far; insert transfers, entries and events, update the
// balances, COMMIT. All in pipeline mode and binary arrays. Over several connections a batch takes no account of a
// batch in flight on another (the transfer waits for the next batch), so that none of them waits for a lock.
//
// Prints one JSON object. Exits 1 on a failure, 2 for a bad call.
#include "tests/load/peers/account_picker.hpp"
#include "tests/load/peers/wire.hpp"

#include <getopt.h>
#include <libpq-fe.h>
#include <poll.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <memory>
#include <string>

namespace {

using namespace bench;
using clock_type = std::chrono::steady_clock;

struct options {
    std::string database;
    std::size_t accounts = 100'000;
    std::size_t batch = 1000;
    std::size_t connections = 2;
    double seconds = 5;
    account_picker::spread spread = account_picker::spread::uniform;
};

struct transfer {
    uuid id, key;
    std::size_t debtor, creditor;
    std::int64_t amount;
};

// The transfers still to make. Those whose accounts are taken wait in front.
class source {
public:
    explicit source(const options& o)
        : picker_(o.spread, o.accounts)
        , taken_(o.accounts) {}

    // Up to `count` transfers that touch no taken account; fewer when the accounts are too much in demand.
    std::vector<transfer> draw(std::size_t count) {
        std::vector<transfer> drawn;
        std::deque<transfer> still_waiting;
        for (auto patience = 2 * count; drawn.size() < count && patience > 0; --patience) {
            const bool waited = !waiting_.empty();
            const auto next = waited ? waiting_.front() : make();
            if (waited)
                waiting_.pop_front();
            if (taken_[next.debtor] || taken_[next.creditor])
                still_waiting.push_back(next);
            else
                drawn.push_back(next);
        }
        waiting_.insert(waiting_.begin(), still_waiting.begin(), still_waiting.end());
        for (const auto& t : drawn)
            taken_[t.debtor] = taken_[t.creditor] = true;
        return drawn;
    }

    void give_back(const std::vector<transfer>& done) {
        for (const auto& t : done)
            taken_[t.debtor] = taken_[t.creditor] = false;
    }

private:
    transfer make() {
        const auto [debtor, creditor] = picker_.next();
        return {ids_.version_7(), ids_.random(), debtor, creditor, 1};
    }

    account_picker picker_;
    id_maker ids_;
    std::vector<bool> taken_;
    std::deque<transfer> waiting_;
};

enum statement { lock, keys, transfers, entries, events, balances };
constexpr std::array<const char*, 6> statements{
    "select id, ctid, status, currency, floor, seq, balance from accounts"
    " where id = any($1::uuid[]) order by id for update",
    "select idempotency_key from transfers where idempotency_key = any($1::uuid[])",
    "insert into transfers select t.*, $6::timestamptz"
    " from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::bigint[]) t",
    "insert into entries select e.*, $6::timestamptz"
    " from unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::bigint[], $5::bigint[]) e",
    "insert into events (type, resource_id, recorded_at) select 'transfer.posted', e.id, $2::timestamptz"
    " from unnest($1::uuid[]) e(id)",
    // The rows are locked, so they stay where they were read.
    "update accounts a set seq = n.seq, balance = n.balance"
    " from unnest($1::tid[], $2::bigint[], $3::bigint[]) n(at, seq, balance) where a.ctid = n.at"};

struct account {
    uuid id;
    std::array<char, 6> at; // its ctid
    std::string status, currency;
    std::optional<std::int64_t> floor;
    std::int64_t seq, balance;
};

struct entry {
    std::size_t slot; // of its account in the batch
    std::int64_t seq;
    uuid transfer;
    std::int64_t amount, balance;
};

// One connection and the batch on it.
class lane {
public:
    lane(const options& o, source& from)
        : from_(from)
        , slots_(o.accounts)
        , batch_(o.batch)
        , connection_(PQconnectdb(o.database.c_str()), PQfinish) {
        if (PQstatus(connection_.get()) != CONNECTION_OK)
            fail();
        for (std::size_t i = 0; i < statements.size(); ++i) {
            std::unique_ptr<PGresult, void (*)(PGresult*)> made{
                PQprepare(connection_.get(), std::to_string(i).c_str(), statements[i], 0, nullptr), PQclear};
            if (PQresultStatus(made.get()) != PGRES_COMMAND_OK)
                fail();
        }
        if (PQsetnonblocking(connection_.get(), 1) != 0 || PQenterPipelineMode(connection_.get()) != 1)
            fail();
    }

    bool busy() const { return awaited_ != awaited::nothing; }
    std::uint64_t committed() const { return committed_; }
    std::uint64_t refused() const { return refused_; }

    // The first round trip, if there is something to do.
    void start() {
        pending_ = from_.draw(batch_);
        if (pending_.empty())
            return;
        sorted_.clear();
        for (const auto& t : pending_) {
            sorted_.push_back(t.debtor);
            sorted_.push_back(t.creditor);
        }
        std::sort(sorted_.begin(), sorted_.end());
        sorted_.erase(std::unique(sorted_.begin(), sorted_.end()), sorted_.end());
        ids_.clear(), keys_.clear();
        for (std::size_t slot = 0; slot < sorted_.size(); ++slot) {
            ids_.add(account_id(sorted_[slot]));
            slots_[sorted_[slot]] = slot;
        }
        for (const auto& t : pending_)
            keys_.add(t.key);
        send("begin");
        send(lock, {&ids_.bytes()});
        send(keys, {&keys_.bytes()});
        sync(awaited::accounts);
    }

    pollfd interest() const {
        return {PQsocket(connection_.get()), static_cast<short>(unsent_ ? POLLIN | POLLOUT : POLLIN), 0};
    }

    // Takes what has come. The batch after the last round trip is given back.
    void proceed() {
        if (PQconsumeInput(connection_.get()) == 0)
            fail();
        flush();
        while (busy() && PQisBusy(connection_.get()) == 0) {
            std::unique_ptr<PGresult, void (*)(PGresult*)> result{PQgetResult(connection_.get()), PQclear};
            if (!result)
                continue; // one follows each command
            switch (PQresultStatus(result.get())) {
            case PGRES_PIPELINE_SYNC: synced(); break;
            case PGRES_COMMAND_OK: ++answers_; break;
            case PGRES_TUPLES_OK: ++answers_ == 2 ? read_accounts(result.get()) : read_keys(result.get()); break;
            default: fail();
            }
        }
    }

private:
    enum class awaited { nothing, accounts, commit };

    [[noreturn]] void fail() const { throw std::runtime_error(PQerrorMessage(connection_.get())); }

    void send(const char* command) {
        if (PQsendQueryParams(connection_.get(), command, 0, nullptr, nullptr, nullptr, nullptr, 1) != 1)
            fail();
    }

    void send(statement which, std::initializer_list<const std::string*> parameters) {
        std::array<const char*, 6> values{};
        std::array<int, 6> lengths{};
        constexpr std::array<int, 6> binary{1, 1, 1, 1, 1, 1};
        std::size_t count = 0;
        for (const auto* p : parameters) {
            values[count] = p->data();
            lengths[count++] = static_cast<int>(p->size());
        }
        if (PQsendQueryPrepared(
                connection_.get(), std::to_string(which).c_str(), static_cast<int>(count), values.data(),
                lengths.data(), binary.data(), 1) != 1)
            fail();
    }

    void sync(awaited what) {
        if (PQpipelineSync(connection_.get()) != 1)
            fail();
        awaited_ = what;
        answers_ = 0;
        flush();
    }

    void flush() {
        const int left = PQflush(connection_.get());
        if (left < 0)
            fail();
        unsent_ = left == 1;
    }

    void read_accounts(const PGresult* rows) {
        if (static_cast<std::size_t>(PQntuples(rows)) != sorted_.size())
            throw std::runtime_error("an account is missing");
        accounts_.resize(sorted_.size());
        for (int row = 0; row < PQntuples(rows); ++row) {
            auto& a = accounts_[static_cast<std::size_t>(row)];
            const auto text = [&](int column) {
                return std::string_view{
                    PQgetvalue(rows, row, column), static_cast<std::size_t>(PQgetlength(rows, row, column))};
            };
            std::memcpy(a.id.data(), PQgetvalue(rows, row, 0), a.id.size());
            std::memcpy(a.at.data(), PQgetvalue(rows, row, 1), a.at.size());
            a.status = text(2), a.currency = text(3);
            a.floor = PQgetisnull(rows, row, 4) != 0 ? std::nullopt
                                                     : std::optional{read<std::int64_t>(PQgetvalue(rows, row, 4))};
            a.seq = read<std::int64_t>(PQgetvalue(rows, row, 5));
            a.balance = read<std::int64_t>(PQgetvalue(rows, row, 6));
            if (a.id != account_id(sorted_[static_cast<std::size_t>(row)]))
                throw std::runtime_error("the accounts are not in the order of their ids");
        }
    }

    void read_keys(const PGresult* rows) {
        used_.clear();
        for (int row = 0; row < PQntuples(rows); ++row)
            std::memcpy(used_.emplace_back().data(), PQgetvalue(rows, row, 0), sizeof(uuid));
    }

    void synced() {
        if (awaited_ == awaited::accounts)
            return write();
        awaited_ = awaited::nothing;
        from_.give_back(pending_);
        committed_ += applied_;
    }

    bool allowed(const transfer& t, const account& debtor, const account& creditor) const {
        return std::find(used_.begin(), used_.end(), t.key) == used_.end() && debtor.status == "open" &&
               creditor.status == "open" && debtor.currency == creditor.currency &&
               (!debtor.floor || -(debtor.balance + t.amount) >= *debtor.floor);
    }

    void enter(const transfer& t, std::size_t slot, std::int64_t amount) {
        auto& a = accounts_[slot];
        a.balance += amount;
        entries_.push_back({slot, ++a.seq, t.id, amount, a.balance});
    }

    // In the order of the accounts, which is that of the index.
    void fill_entries() {
        std::stable_sort(
            entries_.begin(), entries_.end(), [](const entry& a, const entry& b) { return a.slot < b.slot; });
        for (const auto& e : entries_) {
            entry_account_.add(accounts_[e.slot].id), entry_seq_.add(e.seq), entry_transfer_.add(e.transfer);
            entry_amount_.add(e.amount), entry_balance_.add(e.balance);
        }
    }

    // The second round trip.
    void write() {
        for (auto* array : all_)
            array->clear();
        entries_.clear();
        applied_ = 0;
        for (const auto& t : pending_) {
            const auto &debtor = accounts_[slots_[t.debtor]], &creditor = accounts_[slots_[t.creditor]];
            if (!allowed(t, debtor, creditor)) {
                ++refused_;
                continue;
            }
            ++applied_;
            id_.add(t.id), key_.add(t.key), debtor_.add(debtor.id), creditor_.add(creditor.id), amount_.add(t.amount);
            enter(t, slots_[t.debtor], t.amount);
            enter(t, slots_[t.creditor], -t.amount);
        }
        fill_entries();
        for (const auto& a : accounts_)
            at_.add(a.at.data(), a.at.size()), seq_.add(a.seq), balance_.add(a.balance);
        const auto time = big_endian(now_us() - postgres_epoch_us);
        const std::string now{reinterpret_cast<const char*>(&time), sizeof time};
        send(transfers, {&id_.bytes(), &key_.bytes(), &debtor_.bytes(), &creditor_.bytes(), &amount_.bytes(), &now});
        send(
            entries, {&entry_account_.bytes(), &entry_seq_.bytes(), &entry_transfer_.bytes(), &entry_amount_.bytes(),
                      &entry_balance_.bytes(), &now});
        send(events, {&id_.bytes(), &now});
        send(balances, {&at_.bytes(), &seq_.bytes(), &balance_.bytes()});
        send("commit");
        sync(awaited::commit);
    }

    source& from_;
    std::vector<std::size_t> slots_; // by account: where it stands in accounts_
    std::size_t batch_;
    std::unique_ptr<PGconn, void (*)(PGconn*)> connection_;
    awaited awaited_ = awaited::nothing;
    int answers_ = 0;
    bool unsent_ = false;
    std::vector<transfer> pending_;
    std::vector<std::size_t> sorted_;
    std::vector<account> accounts_;
    std::vector<entry> entries_;
    std::vector<uuid> used_;
    std::uint64_t applied_ = 0, committed_ = 0, refused_ = 0;
    wire_array ids_{wire_array::uuids}, keys_{wire_array::uuids};
    wire_array id_{wire_array::uuids}, key_{wire_array::uuids}, debtor_{wire_array::uuids},
        creditor_{wire_array::uuids}, amount_{wire_array::bigints};
    wire_array entry_account_{wire_array::uuids}, entry_seq_{wire_array::bigints}, entry_transfer_{wire_array::uuids},
        entry_amount_{wire_array::bigints}, entry_balance_{wire_array::bigints};
    wire_array at_{wire_array::tids}, seq_{wire_array::bigints}, balance_{wire_array::bigints};
    const std::array<wire_array*, 13> all_{
        &id_,           &key_,           &debtor_, &creditor_, &amount_, &entry_account_, &entry_seq_, &entry_transfer_,
        &entry_amount_, &entry_balance_, &at_,     &seq_,      &balance_};
};

int run(const options& o) {
    source from{o};
    std::vector<std::unique_ptr<lane>> lanes;
    for (std::size_t i = 0; i < o.connections; ++i)
        lanes.push_back(std::make_unique<lane>(o, from));
    const auto begin = clock_type::now();
    const auto end = begin + std::chrono::duration_cast<clock_type::duration>(std::chrono::duration<double>(o.seconds));
    while (true) {
        std::vector<pollfd> interests;
        bool any = false;
        for (auto& l : lanes) {
            if (!l->busy() && clock_type::now() < end)
                l->start();
            any = any || l->busy();
            interests.push_back(l->interest());
        }
        if (!any)
            break;
        if (poll(interests.data(), interests.size(), -1) < 0)
            throw std::runtime_error("poll");
        for (std::size_t i = 0; i < lanes.size(); ++i)
            if (interests[i].revents != 0)
                lanes[i]->proceed();
    }
    const double seconds = std::chrono::duration<double>(clock_type::now() - begin).count();
    std::uint64_t committed = 0, refused = 0;
    for (const auto& l : lanes)
        committed += l->committed(), refused += l->refused();
    std::printf(
        "{\"committed\": %llu, \"refused\": %llu, \"seconds\": %.3f, \"per_second\": %.1f}\n",
        static_cast<unsigned long long>(committed), static_cast<unsigned long long>(refused), seconds,
        static_cast<double>(committed) / seconds);
    return committed > 0 && refused == 0 ? 0 : 1;
}

std::optional<options> parse_options(int argc, char** argv) {
    const option known[] = {{"database", 1, nullptr, 'd'}, {"accounts", 1, nullptr, 'a'},
                            {"batch", 1, nullptr, 'b'},    {"connections", 1, nullptr, 'c'},
                            {"seconds", 1, nullptr, 's'},  {"spread", 1, nullptr, 'p'},
                            {nullptr, 0, nullptr, 0}};
    options o;
    for (int c = 0; (c = getopt_long(argc, argv, "", known, nullptr)) != -1;) {
        switch (c) {
        case 'd': o.database = optarg; break;
        case 'a': o.accounts = std::strtoul(optarg, nullptr, 10); break;
        case 'b': o.batch = std::strtoul(optarg, nullptr, 10); break;
        case 'c': o.connections = std::strtoul(optarg, nullptr, 10); break;
        case 's': o.seconds = std::strtod(optarg, nullptr); break;
        case 'p':
            if (const auto named = account_picker::spread_named(optarg))
                o.spread = *named;
            else
                return std::nullopt;
            break;
        default: return std::nullopt;
        }
    }
    if (o.database.empty() || o.batch == 0 || o.connections == 0)
        return std::nullopt;
    return o;
}

} // namespace

int main(int argc, char** argv) {
    const auto o = parse_options(argc, argv);
    if (!o) {
        std::fputs(
            "ledger_loop --database URL [--accounts 100000] [--spread uniform|zipf|hot] [--batch 1000]\n"
            "            [--connections 2] [--seconds 5]\n",
            stderr);
        return 2;
    }
    try {
        return run(*o);
    } catch (const std::exception& e) {
        std::fprintf(stderr, "ledger_loop: %s\n", e.what());
        return 1;
    }
}
