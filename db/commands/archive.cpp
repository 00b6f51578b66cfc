#include "db/commands/archive.hpp"

#include <optional>
#include <ostream>
#include <set>
#include <vector>

namespace bursar::db::commands {

namespace {

struct partition {
    std::string name; // entries_2019_01
    std::string month;
    std::string first; // 2019-01-01
    bool unfinished = false;
    bool attached = true;
    bool detaching = false;
};

std::string archived_name(const partition& of) {
    return "archived_" + of.name;
}

// Oldest first: what an earlier run began, then every month that ended before the retention began.
std::vector<partition> find_old(connection& on, std::chrono::months older_than) {
    const auto found = on.execute(
        "select m.name, to_char(m.month, 'YYYY-MM'), to_char(m.month, 'YYYY-MM-DD'), a.month is not null, "
        "m.attached, m.detaching from ("
        "select c.relname::text as name, to_date(substr(c.relname, 9), 'YYYY_MM') as month, true as attached, "
        "i.inhdetachpending as detaching from pg_inherits i join pg_class c on c.oid = i.inhrelid "
        "where i.inhparent = 'entries'::regclass "
        "union all select 'entries_' || to_char(month, 'YYYY_MM'), month, false, false from entry_archives "
        "where finished_at is null and not exists (select from pg_inherits where inhparent = 'entries'::regclass "
        "and inhrelid = to_regclass('entries_' || to_char(month, 'YYYY_MM')))) m "
        "left join entry_archives a on a.month = m.month and a.finished_at is null "
        "where a.month is not null or m.month + interval '1 month' <= (now() at time zone 'UTC') - "
        "make_interval(months => $1) "
        "order by m.month",
        parameters{static_cast<std::int32_t>(older_than.count())});
    std::vector<partition> out;
    for (std::size_t i = 0; i < found.size(); ++i) {
        auto& p = out.emplace_back();
        found[i].read(p.name, p.month, p.first, p.unfinished, p.attached, p.detaching);
    }
    return out;
}

// An organization with entries in a month, and whether they can leave it.
struct holding {
    uuid org;
    bool closed = false;
    std::optional<std::string> closed_until;
    std::int64_t pending = 0; // transfers of the month

    bool ready() const { return closed && pending == 0; }
};

std::vector<holding> find_holdings(connection& on, const partition& p) {
    const auto found = on.execute(
        "select e.org_id, b.closed_before >= ($1::date + interval '1 month') at time zone 'UTC', "
        "to_char(b.closed_before at time zone 'UTC', 'YYYY-MM-DD'), (select count(*) from transfers t where "
        "t.org_id = e.org_id and t.state = 'pending' and t.recorded_at >= $1::date at time zone 'UTC' and "
        "t.recorded_at < ($1::date + interval '1 month') at time zone 'UTC') from (select distinct org_id from " +
            p.name + ") e join ledger_books b on b.org_id = e.org_id order by e.org_id",
        parameters{p.first});
    std::vector<holding> out;
    for (std::size_t i = 0; i < found.size(); ++i)
        out.push_back(
            {found[i].get<uuid>(0), found[i].get<std::optional<bool>>(1).value_or(false),
             found[i].get<std::optional<std::string>>(2), found[i].get<std::int64_t>(3)});
    return out;
}

void report_holding(const holding& of, bool stays, std::ostream& report) {
    report << "  " << of.org.to_string() << (stays ? " stays: " : " leaves: ")
           << (of.closed_until ? "closed until " + *of.closed_until : "nothing is closed") << ", " << of.pending
           << " pending\n";
}

// Balances that are known without the month, from now on: of all organizations but those that stay.
void carry_forward(connection& on, const partition& p, const std::vector<uuid>& staying) {
    on.execute(
        "insert into carried_balances as c (org_id, account_id, recorded_at, seq, balance, pending_debits, "
        "pending_credits) select distinct on (org_id, account_id) org_id, account_id, recorded_at, seq, balance, "
        "pending_debits, pending_credits from " +
            p.name +
            " where org_id <> all($1) order by org_id, account_id, recorded_at desc, seq desc "
            "on conflict (org_id, account_id) do update set "
            "recorded_at = excluded.recorded_at, seq = excluded.seq, balance = excluded.balance, "
            "pending_debits = excluded.pending_debits, pending_credits = excluded.pending_credits "
            "where excluded.seq > c.seq",
        parameters{staying});
}

// The first step of a month that leaves whole.
void begin(connection& on, const partition& p) {
    unit_of_work work{on};
    carry_forward(on, p, {});
    on.execute(
        "insert into entry_archives (month, entries) select $1::date, count(*) from " + p.name, parameters{p.first});
    work.commit();
}

void keep_unchanged(connection& on, const std::string& name) {
    on.execute(
        "create trigger " + name + "_are_immutable before update or delete on " + name +
        " for each row execute function refuse_change()");
}

void keep_untruncated(connection& on, const std::string& table, const std::string& trigger) {
    on.execute("create trigger " + trigger + " before truncate on " + table + " execute function refuse_change()");
}

// The last step. A detached table has lost the triggers that it had from its parent.
void put_away(connection& on, const partition& p) {
    const auto name = archived_name(p);
    unit_of_work work{on};
    on.execute("alter table " + p.name + " rename to " + name);
    keep_unchanged(on, name);
    on.execute("update entry_archives set finished_at = now() where month = $1::date", parameters{p.first});
    work.commit();
}

void take_away(connection& on, const partition& p) {
    if (!p.unfinished)
        begin(on, p);
    // Neither form can stand in a transaction block.
    if (p.attached)
        on.execute("alter table entries detach partition " + p.name + (p.detaching ? " finalize" : " concurrently"));
    put_away(on, p);
}

// Some left it in an earlier run.
bool left_before(connection& on, const partition& p) {
    const auto found = on.execute("select from entry_archives where month = $1::date", parameters{p.first});
    return !found.empty();
}

// A month that some stay in: what leaves is copied out, and a table of the rest takes its place, in one transaction.
// All that takes long is done before the table is locked.
void take_away_but(connection& on, const partition& p, const std::vector<uuid>& staying) {
    const auto archived = archived_name(p);
    const auto rest = p.name + "_rest";
    const auto bounds = "'" + p.first + " 00:00:00+00'::timestamptz";
    const auto end =
        "('" + p.first + " 00:00:00+00'::timestamptz at time zone 'UTC' + interval '1 month') at time zone 'UTC'";
    unit_of_work work{on};
    // What left before may have been dumped and dropped.
    if (on.execute("select from pg_class where oid = to_regclass($1)", parameters{archived}).empty()) {
        on.execute("create table " + archived + " (like " + p.name + " including all)");
        keep_unchanged(on, archived);
        keep_untruncated(on, archived, archived + "_kept");
    }
    carry_forward(on, p, staying);
    const auto left = on.execute(
        "with gone as (insert into " + archived + " select * from " + p.name +
            " where org_id <> all($1) returning 1) select count(*) from gone",
        parameters{staying});
    on.execute(
        "insert into entry_archives as a (month, entries, finished_at) values ($1::date, $2, now()) "
        "on conflict (month) do update set entries = a.entries + excluded.entries, finished_at = now()",
        parameters{p.first, left.front().get<std::int64_t>(0)});
    if (!staying.empty()) {
        on.execute("create table " + rest + " (like " + p.name + " including all)");
        on.execute(
            "alter table " + rest + " add constraint of_the_month check (recorded_at >= " + bounds +
            " and recorded_at < " + end + ")");
        on.execute("insert into " + rest + " select * from " + p.name + " where org_id = any($1)", parameters{staying});
    }
    on.execute("set local lock_timeout = '5s'"); // whoever waits for a lock like that has everybody else wait behind
    on.execute("alter table entries detach partition " + p.name);
    on.execute("drop table " + p.name);
    if (!staying.empty()) {
        on.execute("alter table " + rest + " rename to " + p.name);
        on.execute(
            "do $$ begin execute format('alter table entries attach partition " + p.name +
            " for values from (%L) to (%L)', " + bounds + ", " + end + "); end $$");
        on.execute("alter table " + p.name + " drop constraint of_the_month");
        keep_untruncated(on, p.name, p.name + "_kept");
    }
    work.commit();
}

// What came of one month.
enum class fate : std::uint8_t { left, left_in_part, stayed };

// `held` are the organizations that have stayed in an earlier month: they stay in all that follow, since what an
// account carries forward has no gaps.
fate take_away(connection& on, const partition& p, std::set<uuid>& held, bool dry_run, std::ostream& report) {
    const auto holdings = p.unfinished ? std::vector<holding>{} : find_holdings(on, p);
    std::vector<uuid> staying;
    bool news = false;
    for (const auto& each : holdings) {
        if (!each.ready() || held.contains(each.org))
            staying.push_back(each.org);
        if (!each.ready())
            news = held.insert(each.org).second || news;
    }
    const auto report_all = [&] {
        for (const auto& each : holdings)
            report_holding(each, held.contains(each.org), report);
    };
    if (!staying.empty() && staying.size() == holdings.size()) {
        if (news) {
            report << p.month << " stays, and so do later months of the organizations that hold it up:\n";
            report_all();
        }
        return fate::stayed;
    }
    const bool whole = staying.empty() && !left_before(on, p);
    if (!dry_run && (whole || p.unfinished))
        take_away(on, p);
    else if (!dry_run)
        take_away_but(on, p, staying);
    report << p.month << (dry_run ? " would leave for " : " is in ") << archived_name(p);
    if (staying.empty()) {
        report << '\n' << std::flush;
        return fate::left;
    }
    report << ", but for " << staying.size() << " of " << holdings.size() << " organizations:\n";
    report_all();
    report << std::flush;
    return fate::left_in_part;
}

} // namespace

int archive(connection& on, const archive_options& options, std::ostream& report) {
    const std::string lock = "(hashtextextended('bursar.archive', 0))";
    const auto alone = on.execute("select pg_try_advisory_lock" + lock);
    if (!alone.front().get<bool>(0))
        throw server::error_exception{{server::errc::conflict, "another archive command is running"}};
    int count = 0;
    std::set<uuid> held;
    for (const auto& p : find_old(on, options.older_than))
        if (take_away(on, p, held, options.dry_run, report) != fate::stayed)
            ++count;
    if (count == 0)
        report << "nothing to archive\n";
    on.execute("select pg_advisory_unlock" + lock); // else it is free some time after this has ended, with the backend
    return count;
}

} // namespace bursar::db::commands
