#include "db/commands/archive.hpp"

#include <optional>
#include <ostream>
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

// Why the month has to stay, if it has to.
std::optional<std::string> reason_to_stay(connection& on, const partition& p) {
    const auto open = on.execute(
        "select b.org_id::text, count(*) over () from (select distinct org_id from " + p.name +
            ") e join ledger_books b on b.org_id = e.org_id "
            "where b.closed_before is null or b.closed_before < ($1::date + interval '1 month') at time zone 'UTC' "
            "order by b.org_id limit 1",
        parameters{p.first});
    if (!open.empty())
        return std::to_string(open.front().get<std::int64_t>(1)) + " organizations have not closed it, such as " +
               open.front().get<std::string>(0);
    const auto pending = on.execute(
        "select id::text, count(*) over () from transfers where state = 'pending' and "
        "recorded_at >= $1::date at time zone 'UTC' and "
        "recorded_at < ($1::date + interval '1 month') at time zone 'UTC' order by id limit 1",
        parameters{p.first});
    if (!pending.empty())
        return std::to_string(pending.front().get<std::int64_t>(1)) + " of its transfers are pending, such as " +
               pending.front().get<std::string>(0);
    return std::nullopt;
}

// The first step, in one transaction: from now on the balances are known without the month.
void carry_forward(connection& on, const partition& p) {
    unit_of_work work{on};
    on.execute(
        "insert into carried_balances as c (org_id, account_id, recorded_at, seq, balance, pending_debits, "
        "pending_credits) select distinct on (org_id, account_id) org_id, account_id, recorded_at, seq, balance, "
        "pending_debits, pending_credits from " +
        p.name +
        " order by org_id, account_id, recorded_at desc, seq desc on conflict (org_id, account_id) do update set "
        "recorded_at = excluded.recorded_at, seq = excluded.seq, balance = excluded.balance, "
        "pending_debits = excluded.pending_debits, pending_credits = excluded.pending_credits "
        "where excluded.seq > c.seq");
    on.execute(
        "insert into entry_archives (month, entries) select $1::date, count(*) from " + p.name, parameters{p.first});
    work.commit();
}

// The last step. A detached table has lost the triggers that it had from its parent.
void put_away(connection& on, const partition& p) {
    const auto name = archived_name(p);
    unit_of_work work{on};
    on.execute("alter table " + p.name + " rename to " + name);
    on.execute(
        "create trigger " + name + "_are_immutable before update or delete on " + name +
        " for each row execute function refuse_change()");
    on.execute("update entry_archives set finished_at = now() where month = $1::date", parameters{p.first});
    work.commit();
}

void take_away(connection& on, const partition& p) {
    if (!p.unfinished)
        carry_forward(on, p);
    // Neither form can stand in a transaction block.
    if (p.attached)
        on.execute("alter table entries detach partition " + p.name + (p.detaching ? " finalize" : " concurrently"));
    put_away(on, p);
}

} // namespace

int archive(connection& on, const archive_options& options, std::ostream& report) {
    const auto alone = on.execute("select pg_try_advisory_lock(hashtextextended('bursar.archive', 0))");
    if (!alone.front().get<bool>(0))
        throw server::error_exception{{server::errc::conflict, "another archive command is running"}};
    int count = 0;
    for (const auto& p : find_old(on, options.older_than)) {
        const auto stays = p.unfinished ? std::nullopt : reason_to_stay(on, p);
        if (stays) {
            report << p.month << " stays, and so do later months: " << *stays << '\n';
            break;
        }
        if (!options.dry_run)
            take_away(on, p);
        report << p.month << (options.dry_run ? " would leave for " : " is in ") << archived_name(p) << '\n'
               << std::flush;
        ++count;
    }
    if (count == 0)
        report << "nothing to archive\n";
    return count;
}

} // namespace bursar::db::commands
