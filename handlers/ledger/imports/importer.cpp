#include "handlers/ledger/imports/importer.hpp"

#include "db/repositories/ledger/clusters.hpp"
#include "server/mapped_file.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <ostream>

namespace bursar::handlers::imports {

using db::repositories::account_state;
using db::repositories::batch_writing;
using db::repositories::import_kind;
using server::errc;
using server::error;
using server::steady_clock;
using namespace std::chrono_literals;

namespace {

// Rows of a transaction: the more, the fewer commits; the fewer, the shorter it holds its accounts.
constexpr std::size_t chunk = 10'000;
// After so many bad rows the rest of a file is not looked at.
constexpr std::size_t most_faults = 1'000;
constexpr auto patience = 60s;

server::deadline import_deadline() {
    return steady_clock::now() + patience;
}

// Rows that repeat the reference of an earlier one.
void find_repetitions(std::vector<std::pair<uuid, std::int64_t>> seen, faults& found) {
    std::sort(seen.begin(), seen.end());
    for (std::size_t i = 1; i < seen.size(); ++i)
        if (seen[i].first == seen[i - 1].first)
            found.push_back(
                {seen[i].second, "reference stands in line " + std::to_string(seen[i - 1].second) + " already"});
}

account_state state_of(const imported_account& fresh, uuid org) {
    account_state out;
    out.key = {org, fresh.id};
    out.currency = fresh.currency;
    out.credit_normal = fresh.type == "liability" || fresh.type == "equity" || fresh.type == "income";
    out.open = true;
    out.floor = fresh.floor;
    out.ceiling = fresh.ceiling;
    return out;
}

// What the database says no to, although the file was checked.
error changed_since(const fault& at) {
    return {
        errc::conflict, "the ledger has changed since the file was checked; from line " + std::to_string(at.line) +
                            ": " + at.what + "; run the import again"};
}

} // namespace

importer::importer(db::client& database, import_options options, std::ostream& out, std::ostream& problems)
    : database_(database)
    , options_(std::move(options))
    , out_(out)
    , problems_(problems)
    , accounts_{{options_.org, import_kind::accounts, {}, options_.accounts}, {}, {}}
    , transfers_{{options_.org, import_kind::transfers, {}, options_.transfers}, {}, {}}
    , bounds_{server::now(), std::nullopt} {}

awaitable<result<import_outcome>> importer::run() {
    std::optional<server::mapped_file> accounts, transfers;
    if (!options_.accounts.empty())
        accounts.emplace(options_.accounts);
    if (!options_.transfers.empty())
        transfers.emplace(options_.transfers);
    auto done = co_await learn();
    if (done && accounts)
        done = co_await identify(accounts_, accounts->text());
    if (done && transfers)
        done = co_await identify(transfers_, transfers->text());
    faults bad_accounts, bad_transfers;
    if (done)
        done = co_await check_accounts(bad_accounts);
    if (done)
        done = co_await check_transfers(bad_transfers);
    if (!done)
        co_return done.error();
    report(accounts_, bad_accounts);
    if (bad_accounts.empty())
        report_retained_names();
    report(transfers_, bad_transfers);
    if (!bad_accounts.empty() || !bad_transfers.empty())
        co_return import_outcome::bad_rows;
    if (options_.dry_run)
        co_return import_outcome::done;
    const auto settled = co_await db::repositories::settle_cluster(database_, import_deadline());
    if (!settled)
        co_return settled.error();
    done = co_await write_accounts();
    if (done)
        done = co_await make_partitions();
    if (done)
        done = co_await write_transfers();
    if (done)
        done = co_await confirm();
    if (!done)
        co_return done.error();
    co_return import_outcome::done;
}

// Of an earlier run's rows, too, it is said that they are there.
awaitable<result<>> importer::confirm() {
    auto tx = co_await database_.begin(import_deadline());
    if (!tx)
        co_return tx.error();
    co_return co_await tx->confirm(import_deadline());
}

awaitable<result<>> importer::learn() {
    const std::vector<uuid> orgs{options_.org};
    const auto books = co_await periods_.find_books(database_, orgs, import_deadline());
    if (!books)
        co_return books.error();
    if (books->empty())
        co_return error{errc::not_found, "there is no such organization"};
    closed_before_ = books->front().closed_before;
    const auto bounds = co_await rows_.find_bounds(database_, options_.org, import_deadline());
    if (!bounds)
        co_return bounds.error();
    bounds_.archived_before = bounds->archived_before;
    may_repeat_ = bounds->earlier_transfers;
    auto charted = co_await rows_.find_chart(database_, options_.org, import_deadline());
    if (!charted)
        co_return charted.error();
    charted_ = std::move(*charted);
    for (const auto& each : charted_)
        chart_.emplace(each.code, each.state.key.id);
    co_return result<>{};
}

awaitable<result<>> importer::identify(source& from, std::string_view text) {
    from.text = text;
    from.file.hash = server::sha256(text);
    auto at = co_await rows_.find(database_, from.file, import_deadline());
    if (!at)
        co_return at.error();
    from.at = *at;
    if (from.at.finished)
        out_ << from.file.name << ": was imported before" << std::endl;
    else if (from.at.position > 0)
        out_ << from.file.name << ": goes on at line " << from.at.line << std::endl;
    co_return result<>{};
}

awaitable<result<>> importer::check_accounts(faults& found) {
    if (!accounts_.wanted())
        co_return result<>{};
    auto rows = read_accounts(accounts_.text, found);
    account_surroundings around;
    for (const auto& each : charted_)
        around.accounts.emplace(each.code, &each);
    std::vector<std::string> references;
    for (const auto& row : rows)
        if (!row.customer_reference.empty())
            references.push_back(row.customer_reference);
    const auto customers = co_await rows_.find_customers(database_, options_.org, references, import_deadline());
    if (!customers)
        co_return customers.error();
    for (const auto& each : *customers)
        around.customers.emplace(each.reference, each.id);
    const auto assets = co_await rows_.find_assets(database_, options_.org, import_deadline());
    if (!assets)
        co_return assets.error();
    around.assets.insert(assets->begin(), assets->end());
    compared_ = compare_accounts(std::move(rows), around, found);
    for (const auto& each : compared_.fresh)
        chart_.emplace(each.code, each.id);
    co_return result<>{};
}

// As they are before the first row.
working_balances importer::balances() const {
    std::vector<account_state> accounts;
    accounts.reserve(charted_.size() + compared_.fresh.size());
    for (const auto& each : charted_)
        accounts.push_back(each.state);
    for (const auto& each : compared_.fresh)
        accounts.push_back(state_of(each, options_.org));
    working_balances out{std::move(accounts), {}};
    if (closed_before_)
        out.close_before(options_.org, *closed_before_);
    return out;
}

awaitable<result<>> importer::check_transfers(faults& found) {
    if (!transfers_.wanted())
        co_return result<>{};
    auto now = balances();
    history_file file{transfers_.text, options_.org, chart_, found};
    file.go_to(transfers_.at.position, transfers_.at.line);
    history past{bounds_, transfers_.at.last_recorded_at};
    std::vector<std::pair<uuid, std::int64_t>> seen;
    transfers::applied ignored;
    while (found.size() < most_faults) {
        const auto rows = file.next(chunk, found);
        if (rows.empty())
            break;
        const auto written = co_await find_written(database_, rows, found);
        if (!written)
            co_return written.error();
        for (std::size_t i = 0; i < rows.size(); ++i) {
            seen.emplace_back(rows[i].what.idempotency_key, rows[i].line);
            if ((*written)[i])
                continue;
            if (auto why = past.record(rows[i], now, ignored))
                found.push_back({rows[i].line, std::move(*why)});
            else
                span_ = {span_ ? span_->first : ignored.recorded_at, ignored.recorded_at};
        }
        now.settle();
    }
    find_repetitions(std::move(seen), found);
    co_return result<>{};
}

awaitable<result<std::vector<bool>>>
importer::find_written(db::session& on, const std::vector<past_transfer>& rows, faults& found) {
    std::vector<bool> out(rows.size());
    if (!may_repeat_)
        co_return out;
    std::vector<uuid> keys;
    keys.reserve(rows.size());
    for (const auto& row : rows)
        keys.push_back(row.what.idempotency_key);
    const auto known = co_await rows_.find_keys(on, options_.org, keys, import_deadline());
    if (!known)
        co_return known.error();
    for (const auto& each : *known) {
        out[each.index] = true;
        if (each.request_hash != rows[each.index].what.request_hash && each.request_hash != rows[each.index].spelling)
            found.push_back({rows[each.index].line, "reference was imported before, for another transfer"});
    }
    co_return out;
}

awaitable<result<>> importer::write_accounts() {
    if (!accounts_.wanted())
        co_return result<>{};
    auto tx = co_await database_.begin(import_deadline());
    if (!tx)
        co_return tx.error();
    if (auto made = co_await rows_.insert_accounts(*tx, options_.org, compared_.fresh, import_deadline()); !made)
        co_return made.error();
    import_progress to;
    to.position = static_cast<std::int64_t>(accounts_.text.size());
    to.rows = static_cast<std::int64_t>(compared_.fresh.size());
    to.finished = true;
    const auto moved = co_await rows_.advance(*tx, accounts_.file, accounts_.at, to, import_deadline());
    if (!moved)
        co_return moved.error();
    if (!*moved)
        co_return error{errc::conflict, "another import of the same file is running"};
    if (auto done = co_await tx->commit(import_deadline()); !done)
        co_return done.error();
    out_ << accounts_.file.name << ": " << to.rows << " accounts made, " << compared_.known << " there already"
         << std::endl;
    co_return result<>{};
}

// A year at a time: each is a statement with a time-out.
awaitable<result<>> importer::make_partitions() {
    if (!span_)
        co_return result<>{};
    for (auto at = span_->first; at <= span_->second; at += std::chrono::days{365}) {
        const auto last = std::min(span_->second, at + std::chrono::days{365});
        if (auto made = co_await rows_.ensure_partitions(database_, at, last, import_deadline()); !made)
            co_return made;
    }
    co_return result<>{};
}

awaitable<result<>> importer::write_transfers() {
    if (!transfers_.wanted())
        co_return result<>{};
    started_ = reported_at_ = steady_clock::now();
    rows_before_ = transfers_.at.rows;
    faults found; // none: the file was checked
    history_file file{transfers_.text, options_.org, chart_, found};
    file.go_to(transfers_.at.position, transfers_.at.line);
    history past{bounds_, transfers_.at.last_recorded_at};
    auto now = balances();
    while (!transfers_.at.finished) {
        auto rows = file.next(chunk, found);
        auto to = transfers_.at;
        to.finished = rows.size() < chunk;
        to.position = file.position();
        to.line = file.next_line();
        if (auto done = co_await write_chunk(rows, past, now, to); !done)
            co_return done;
        report_progress(transfers_.at.finished);
    }
    co_return result<>{};
}

awaitable<result<>>
importer::write_chunk(std::vector<past_transfer>& rows, history& past, working_balances& now, import_progress to) {
    auto tx = co_await database_.begin(import_deadline());
    if (!tx)
        co_return tx.error();
    rows_.look_up_rows(*tx);
    faults changed;
    const auto written = co_await find_written(*tx, rows, changed);
    if (!written)
        co_return written.error();
    batch_writing writing;
    writing.history = true;
    std::deque<std::array<uuid, 2>> touched; // the rows to write refer to them
    for (std::size_t i = 0; i < rows.size() && changed.empty(); ++i) {
        if ((*written)[i])
            continue;
        const auto& what = rows[i].what;
        transfers::applied done;
        if (auto why = past.record(rows[i], now, done))
            changed.push_back({rows[i].line, std::move(*why)});
        const auto& leg = what.legs.front();
        const auto& both = touched.emplace_back(std::array{leg.debit_account_id, leg.credit_account_id});
        writing.transfers.push_back(
            {{what.org, done.id},
             what.kind,
             done.state,
             std::nullopt,
             what.idempotency_key,
             what.request_hash,
             done.amount,
             1,
             both,
             what.description,
             what.external_reference,
             what.metadata,
             done.effective_at,
             done.recorded_at,
             std::nullopt,
             std::nullopt});
        writing.entries.insert(writing.entries.end(), done.entries.begin(), done.entries.end());
        ++to.rows;
    }
    now.settle();
    if (!changed.empty())
        co_return changed_since(changed.front());
    to.last_recorded_at = past.last();
    const auto moved = co_await rows_.advance(*tx, transfers_.file, transfers_.at, to, import_deadline());
    if (!moved)
        co_return moved.error();
    if (!*moved)
        co_return error{errc::conflict, "another import of the same file is running"};
    writing.decided_at = server::now();
    if (auto done = co_await batches_.write(*tx, writing, {writing.decided_at, patience}, import_deadline()); !done)
        co_return done.error().sqlstate == "40001" ? changed_since({rows.front().line, "an account has moved"})
                                                   : done.error();
    transfers_.at = to;
    co_return result<>{};
}

void importer::report(const source& from, const faults& found) {
    auto sorted = found;
    std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.line < b.line; });
    for (std::size_t i = 0; i < std::min(sorted.size(), most_faults); ++i)
        problems_ << from.file.name << ':' << sorted[i].line << ": " << sorted[i].what << '\n';
    if (sorted.size() >= most_faults)
        problems_ << from.file.name << ": too many bad rows; the rest was not looked at\n";
    else if (!sorted.empty())
        problems_ << from.file.name << ": " << sorted.size() << " bad rows; nothing was written\n";
    else if (from.wanted())
        out_ << from.file.name << ": no bad rows" << std::endl;
}

// No faults: an account may have been renamed since.
void importer::report_retained_names() {
    const auto& kept = compared_.kept;
    for (std::size_t i = 0; i < std::min(kept.size(), most_faults); ++i)
        out_ << accounts_.file.name << ':' << kept[i].line << ": " << kept[i].code << " is there already, as \""
             << kept[i].name << "\", and keeps that name\n";
    if (!kept.empty())
        out_ << accounts_.file.name << ": " << kept.size() << " accounts keep their names" << std::endl;
}

// At most once a second.
void importer::report_progress(bool last) {
    const auto now = steady_clock::now();
    if (!last && now - reported_at_ < 1s)
        return;
    reported_at_ = now;
    const std::chrono::duration<double> took = now - started_;
    const auto rows = transfers_.at.rows - rows_before_;
    const auto size = std::max<std::size_t>(transfers_.text.size(), 1);
    out_ << transfers_.file.name << ": " << transfers_.at.rows << " transfers, "
         << static_cast<std::size_t>(transfers_.at.position) * 100 / size << "%, "
         << static_cast<std::int64_t>(static_cast<double>(rows) / std::max(took.count(), 0.001)) << " rows/s"
         << std::endl;
}

} // namespace bursar::handlers::imports
