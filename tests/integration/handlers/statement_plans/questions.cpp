#include "tests/integration/handlers/statement_plans/questions.hpp"

#include "db/connect_options.hpp"
#include "db/repositories/identity/api_keys.hpp"
#include "db/repositories/identity/invitations.hpp"
#include "db/repositories/identity/members.hpp"
#include "db/repositories/identity/organizations.hpp"
#include "db/repositories/identity/sessions.hpp"
#include "db/repositories/identity/users.hpp"
#include "db/repositories/ledger/account_statements.hpp"
#include "db/repositories/ledger/accounts.hpp"
#include "db/repositories/ledger/assets.hpp"
#include "db/repositories/ledger/batch_keys.hpp"
#include "db/repositories/ledger/clearing_accounts.hpp"
#include "db/repositories/ledger/periods.hpp"
#include "db/repositories/ledger/scheduled_transfers.hpp"
#include "db/repositories/ledger/transfer_batches.hpp"
#include "db/repositories/ledger/transfers.hpp"
#include "db/repositories/ledger/trial_balance.hpp"
#include "db/repositories/operations/audit_log.hpp"
#include "db/repositories/support/comments.hpp"
#include "db/repositories/support/customer_data.hpp"
#include "db/repositories/support/customers.hpp"
#include "db/repositories/support/tickets.hpp"
#include "tests/support/postgres.hpp"

namespace bursar::tests {

using namespace db::repositories;

namespace {

db::awaitable<> ask_the_desk(plan_collector& on, server::uuid org, server::uuid customer, server::uuid ticket) {
    const customer_repository customers;
    const ticket_repository tickets;
    const comment_repository comments;
    const auto until = server::steady_clock::now() + std::chrono::hours{1};
    const auto id = server::uuid::v7();
    const expected_versions versions{{1}};

    // Named: GCC 12 destroys a braced aggregate inside a co_await expression at another address.
    const new_customer ada{"Ada", {}, "reference", {}};
    const customer_changes no_customer_changes;
    const ticket_changes no_ticket_changes;
    const new_comment remark{{}, "B", comment_visibility::public_};
    co_await customers.insert(on, org, id, ada, until);
    co_await customers.find(on, org, customer, until);
    co_await customers.update(on, org, customer, versions, no_customer_changes, until);
    co_await customers.remove(on, org, customer, versions, until);
    for (unsigned i = 0; i < 8; ++i) {
        customer_filter filter;
        if ((i & 1U) != 0)
            filter.email = "ada.lovelace.1@example.com";
        if ((i & 2U) != 0)
            filter.external_reference = "demo-7";
        if ((i & 4U) != 0)
            filter.text = "lovelace";
        co_await customers.list(on, org, filter, std::nullopt, 20, until);
    }

    const new_ticket fields{customer, "s", "d", ticket_priority::low, {}, {}};
    co_await tickets.insert(on, org, id, fields, id, 10, until);
    co_await tickets.find(on, org, ticket, with_comments::no, until);
    co_await tickets.find(on, org, ticket, with_comments::yes, until);
    co_await tickets.update(on, org, ticket, versions, no_ticket_changes, id, until);
    co_await tickets.resolve(on, org, ticket, id, until);
    co_await tickets.reopen(on, org, ticket, id, 10, until);
    co_await tickets.remove(on, org, ticket, versions, id, until);
    co_await tickets.may_be_assigned(on, org, id, until);
    for (unsigned i = 0; i < 96; ++i) {
        ticket_filter filter;
        if (i >= 32)
            filter.status = i < 64 ? ticket_status::open : ticket_status::resolved;
        if ((i & 1U) != 0)
            filter.priority = ticket_priority::critical;
        if ((i & 2U) != 0)
            filter.customer_id = customer;
        if ((i & 4U) != 0)
            filter.assignee_id = server::uuid::parse("00000000-0000-7000-8000-000000000007");
        if ((i & 8U) != 0)
            filter.text = "payout T77";
        co_await tickets.list(
            on, org, filter, (i & 16U) != 0 ? with_comments::yes : with_comments::no, ticket, 20, until);
    }

    co_await comments.insert(on, org, ticket, id, remark, id, until);
    co_await comments.find(on, org, ticket, id, until);
    co_await comments.list(on, org, ticket, 0, 20, until);
    co_await comments.list_activity(on, org, ticket, 100, 20, until);
}

db::awaitable<> ask_the_ledger(plan_collector& on, server::uuid org, std::vector<server::uuid> ids) {
    const asset_repository assets;
    const account_repository accounts;
    const auto until = server::steady_clock::now() + std::chrono::hours{1};
    const auto id = ids.front();
    const expected_versions versions{{1}};

    const clearing_account_repository clearing;
    const std::vector<server::uuid> two{ids.front(), ids.back()};
    co_await clearing.find(on, org, two, until);

    const new_asset points{"POINTS", "Points", 0};
    co_await assets.insert(on, org, points, until);
    co_await assets.find(on, org, points.code, until);
    co_await assets.list(on, org, points.code, 20, until);

    const new_account wallet{"Wallet", "w-1", "EUR", account_type::liability, 0, {}, id, {}};
    const account_changes no_changes;
    co_await accounts.insert(on, org, server::uuid::v7(), wallet, iso_currency::no, until);
    co_await accounts.find(on, org, id, until);
    co_await accounts.update(on, org, id, versions, no_changes, until);
    co_await accounts.freeze(on, org, id, until);
    co_await accounts.unfreeze(on, org, id, until);
    co_await accounts.close(on, org, id, until);
    co_await accounts.reopen(on, org, id, until);
    co_await accounts.balance(on, org, ids.front(), std::nullopt, until);
    co_await accounts.balances(on, org, ids, std::nullopt, until);
    co_await accounts.balances(on, org, ids, server::now() - std::chrono::hours{24 * 100}, until);
    for (unsigned i = 0; i < 64; ++i) {
        account_filter filter;
        if ((i & 1U) != 0)
            filter.type = account_type::liability;
        if ((i & 2U) != 0)
            filter.currency = "USD";
        if ((i & 4U) != 0)
            filter.customer_id = id;
        if ((i & 8U) != 0)
            filter.code = "demo-7";
        if (i >= 16)
            filter.status = static_cast<account_status>(i / 16 - 1);
        co_await accounts.list(on, org, filter, id, 20, until);
    }
}

db::awaitable<> ask_the_reports(plan_collector& on, server::uuid org, server::uuid account) {
    const account_statement_repository statements;
    const trial_balance_repository balances;
    const auto until = server::steady_clock::now() + std::chrono::hours{1};
    const auto then = server::now() - std::chrono::hours{24 * 100};
    account_range range;
    range.account.id = account;
    co_await statements.find(on, org, account, std::nullopt, last_place, until);
    co_await statements.find(on, org, account, then, last_place, until);
    co_await statements.lines(on, org, range, first_place, last_place, statement_page_lines, until);
    co_await balances.first(on, org, then, 20, until);
    co_await balances.more(on, org, then, account, 20, until);
}

db::awaitable<> ask_the_schedules(plan_collector& on, server::uuid org, server::uuid account, server::uuid schedule) {
    const scheduled_transfer_repository schedules;
    const auto until = server::steady_clock::now() + std::chrono::hours{1};
    scheduled_transfer fields;
    fields.legs.push_back({account, account, 1});
    fields.run_at = fields.next_run_at = server::now();
    co_await schedules.insert(on, org, server::uuid::v7(), fields, account, until);
    co_await schedules.find(on, org, schedule, until);
    co_await schedules.list(on, org, std::nullopt, std::nullopt, 20, until);
    co_await schedules.list(on, org, schedule_status::active, schedule, 20, until);
    co_await schedules.cancel(on, org, schedule, until);
    co_await schedules.claim(on, server::now(), until);
    const std::vector<finished_run> over{{org, schedule, server::now(), run_outcome::refused, {}, "X", {}}};
    co_await schedules.finish(on, over, until);
}

db::awaitable<> ask_the_audit_log(plan_collector& on, server::uuid org, server::uuid id) {
    const audit_log_repository log;
    const auto until = server::steady_clock::now() + std::chrono::hours{1};
    for (unsigned i = 0; i < 8; ++i) {
        audit_filter filter;
        if ((i & 1U) != 0)
            filter.actor_id = id;
        if ((i & 2U) != 0)
            filter.action = "createTicket";
        if ((i & 4U) != 0)
            filter.resource = audit_resource{"tickets", id.to_string()};
        co_await log.list(on, org, filter, id, 20, until);
    }
}

// All that is kept about a customer.
db::awaitable<> ask_for_customer_data(
    plan_collector& on, const customer_data_repository& data, server::uuid org, server::uuid customer) {
    const auto until = server::steady_clock::now() + std::chrono::hours{1};
    const kept_place beginning;
    for (const auto what :
         {kept::tickets, kept::comments, kept::activity, kept::accounts, kept::entries, kept::scheduled_transfers,
          kept::audit_log})
        co_await data.list(on, what, org, customer, beginning, 1000, until);
}

// How it is erased. The repository asks for a transaction, so its statements are taken one by one.
db::awaitable<>
ask_for_erasure(plan_collector& on, const customer_data_repository& data, server::uuid org, server::uuid customer) {
    const auto until = server::steady_clock::now() + std::chrono::hours{1};
    co_await data.find(on, org, customer, until);
    for (const auto* statement : data.statements())
        if (statement->kind() == db::access::write) {
            db::parameters values{org, customer};
            co_await on.execute(*statement, std::move(values), until);
        }
}

// As many as there are tickets: one for each.
db::awaitable<> ask_for_people(plan_collector& on, server::uuid org, server::uuid user) {
    const user_repository users;
    const member_repository members;
    const user_session_repository sessions;
    const auto until = server::steady_clock::now() + std::chrono::hours{1};
    const expected_versions versions{{1}};
    const server::sha256_hash token{};

    const new_user fields{user, "a@example.com", "A", "$argon2id$"};
    const password_holder holder{user, "$argon2id$"};
    co_await users.insert(on, fields, until);
    co_await users.find_password(on, fields.email, until);
    co_await users.find_password(on, user, until);
    co_await users.find_email(on, user, until);
    co_await users.replace_password(on, holder, "$argon2id$", until);
    co_await users.confirm_password(on, holder, until);
    co_await users.find_membership(on, user, std::nullopt, until);
    co_await users.find_memberships(on, user, until);

    const member_changes change{server::role::agent};
    co_await members.insert(on, org, user, server::role::agent, until);
    co_await members.find(on, org, user, until);
    co_await members.list(on, org, user, 20, until);
    co_await members.update(on, org, user, versions, change, until);
    co_await members.remove(on, org, user, versions, until);

    const new_user_session session{org, user, user, {}, {}, std::chrono::hours{1}, token};
    const presented_token presented{org, user, user, false, false, server::now(), server::role::agent};
    co_await sessions.find_caller(on, org, user, until);
    co_await sessions.insert(on, session, until);
    co_await sessions.knows_address(on, user, token, until);
    co_await sessions.note_address(on, user, token, until);
    co_await sessions.present(on, token, until);
    co_await sessions.rotate(on, presented, token, token, until);
    co_await sessions.list(on, user, user, 20, until);
    co_await sessions.revoke(on, user, user, until);
    co_await sessions.revoke_all(on, user, std::nullopt, until);
}

db::awaitable<> ask_for_programs(plan_collector& on, server::uuid org, server::uuid id) {
    const invitation_repository invitations;
    const api_key_repository keys;
    const auto until = server::steady_clock::now() + std::chrono::hours{1};
    const expected_versions versions{{1}};
    const server::sha256_hash token{};

    const new_invitation invited{"a@example.com", server::role::agent};
    co_await invitations.insert(on, org, id, invited, token, id, until);
    co_await invitations.find(on, org, id, until);
    co_await invitations.list(on, org, id, 20, until);
    co_await invitations.revoke(on, org, id, until);
    co_await invitations.revoke_all(on, org, id, until);
    co_await invitations.find_open(on, token, until);
    co_await invitations.accept(on, token, until);

    const new_api_key key{"k", {server::permission::tickets_read}, {}, {}};
    const api_key_changes no_changes;
    const std::vector<api_key_use> uses{{id, server::now()}};
    co_await keys.find_caller(on, token, until);
    co_await keys.insert(on, org, id, key, "bsk_live_0000", id, until);
    co_await keys.find(on, org, id, until);
    co_await keys.lock(on, org, id, until);
    co_await keys.list(on, org, id, 20, until);
    co_await keys.update(on, org, id, versions, no_changes, until);
    co_await keys.revoke(on, org, id, until);
    co_await keys.replace(on, org, id, id, 60, until);
    co_await keys.note_uses(on, uses, until);
}

// Who is looked for, and where: every way to list, in every state.
db::awaitable<> ask_for_transfers(plan_collector& on, const known_rows& about) {
    const transfer_repository transfers;
    const auto until = server::steady_clock::now() + std::chrono::hours{1};
    co_await transfers.find(on, about.org, about.transfer, transfer_view::now, until);
    for (unsigned by = 0; by < 5; ++by)
        for (unsigned state = 0; state < 5; ++state) {
            transfer_filter filter;
            if (by == 1)
                filter.account_id = about.accounts.front();
            if (by == 2)
                filter.customer_id = about.customer;
            if (by == 3)
                filter.external_reference = "demo-9";
            if (by == 4)
                filter.metadata = R"({"order":8})";
            if (state > 0)
                filter.state = static_cast<transfer_state>(state - 1);
            co_await transfers.list(on, about.org, filter, std::nullopt, 20, until);
        }
}

// The repository asks for a transaction, so its statements are taken one by one: those that look for rows.
db::awaitable<> ask_for_batches(plan_collector& on, const transfer_batch_repository& batches, const known_rows& about) {
    const auto until = server::steady_clock::now() + std::chrono::hours{1};
    const std::vector<server::uuid> ids{about.accounts.begin(), about.accounts.begin() + 20};
    const std::vector<server::uuid> orgs(ids.size(), about.org);
    const std::set<std::string> by_keys{
        "transfer_batches.read_accounts", "transfer_batches.lock_accounts", "transfer_batches.lock_targets",
        "transfer_batches.find_requests"};
    for (const auto* statement : batches.statements())
        if (by_keys.contains(statement->name())) {
            db::parameters values{orgs, ids};
            co_await on.execute(*statement, std::move(values), until);
        }
    const overdue_transfer one{{about.org, about.transfer}, server::now()};
    co_await batches.find_overdue(on, one, 100, until);

    const batch_key_repository keys;
    co_await keys.claim(on, about.org, ids.front(), ids.back(), ids.front(), until);
    co_await keys.set_answered(on, about.org, ids.front(), until);
}

db::awaitable<> ask_for_periods(plan_collector& on, const period_repository& periods, const known_rows& about) {
    const auto until = server::steady_clock::now() + std::chrono::hours{1};
    const year_month month{std::chrono::year{2026}, std::chrono::October};
    const std::vector<server::uuid> orgs{about.org};
    co_await periods.find_books(on, orgs, until);
    co_await periods.find(on, about.org, month, until);
    co_await periods.list(on, about.org, std::nullopt, 20, until);
    co_await periods.list(on, about.org, month, 20, until);
    co_await periods.prepare_close(on, about.org, month, until);
    co_await periods.close(on, about.org, month, about.user, until);
    for (const auto* statement : periods.statements())
        if (statement->name() == "period.look") { // behind the lock, which was not had
            db::parameters values{about.org, std::string{"2026-10-01"}};
            co_await on.execute(*statement, std::move(values), until);
        }
}

db::awaitable<> ask_for_organizations(plan_collector& on, const known_rows& about) {
    const organization_repository organizations;
    const auto until = server::steady_clock::now() + std::chrono::hours{1};
    const std::string name{"Engines"};
    const organization_changes changes{name};
    const expected_versions versions{{1}};
    co_await organizations.insert(on, about.user, name, until);
    co_await organizations.find(on, about.org, until);
    co_await organizations.update(on, about.org, versions, changes, until);
}

} // namespace

void ask_with_values(plan_collector& on, const known_rows& about) {
    server::asio::io_context loop;
    const auto ask = [&loop](db::awaitable<> what) { run(loop, std::move(what)); };
    const customer_data_repository data;
    const transfer_batch_repository batches;
    const period_repository periods;
    on.plan_as({});
    ask(ask_the_desk(on, about.org, about.customer, about.ticket));
    ask(ask_the_audit_log(on, about.org, about.ticket));
    ask(ask_for_erasure(on, data, about.org, about.customer));
    ask(ask_the_ledger(on, about.org, about.accounts));
    ask(ask_for_transfers(on, about));
    ask(ask_for_batches(on, batches, about));
    ask(ask_for_periods(on, periods, about));
    ask(ask_the_schedules(on, about.org, about.accounts.front(), about.schedule));
    ask(ask_for_organizations(on, about));
    ask(ask_for_people(on, about.org, about.user));
    ask(ask_for_programs(on, about.org, about.user));
    on.plan_as(db::report_planning);
    ask(ask_the_reports(on, about.org, about.accounts.front()));
    ask(ask_for_customer_data(on, data, about.org, about.customer));
    on.plan_as({});
}

} // namespace bursar::tests
