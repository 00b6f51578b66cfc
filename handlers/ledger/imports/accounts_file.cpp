#include "handlers/ledger/imports/accounts_file.hpp"

#include "db/repositories/ledger/clearing_accounts.hpp"
#include "handlers/ledger/currencies.hpp"
#include "handlers/ledger/imports/fields.hpp"
#include "handlers/ledger/writer/working_balances.hpp"

#include <array>

namespace bursar::handlers::imports {

namespace {

struct account_field {
    enum : std::size_t { code, name, type, currency, floor, ceiling, customer };
};

constexpr std::array account_columns{
    column{"code"},
    column{"name"},
    column{"type"},
    column{"currency"},
    column{"floor", false},
    column{"ceiling", false},
    column{"customer_external_reference", false},
};

constexpr std::array<std::string_view, 5> types{"asset", "liability", "equity", "income", "expense"};

account_row read_row(const table& from, faults& found) {
    row_reader row{from, account_columns, found};
    account_row out;
    out.line = from.line();
    auto& fields = out.fields;
    fields.code = row.label(account_field::code, 100);
    fields.name = row.label(account_field::name, 200);
    fields.type = from[account_field::type];
    if (std::find(types.begin(), types.end(), fields.type) == types.end())
        row.refuse(account_field::type, "must be asset, liability, equity, income or expense");
    fields.currency = from[account_field::currency];
    if (!is_asset_code(fields.currency))
        row.refuse(account_field::currency, "must be a code of ISO 4217 or of an asset");
    fields.floor = row.integer(account_field::floor, -transfers::largest_amount, 0);
    fields.ceiling = row.integer(account_field::ceiling, 0, transfers::largest_amount);
    out.customer_reference = row.label(account_field::customer, 200);
    return out;
}

// Of what cannot be changed: name and metadata can.
bool same(const imported_account& row, const db::repositories::charted_account& has) {
    return row.type == has.type && row.currency == has.state.currency && row.floor == has.state.floor &&
           row.ceiling == has.state.ceiling && row.customer_id == has.customer_id;
}

} // namespace

std::vector<account_row> read_accounts(std::string_view text, faults& found) {
    table rows{text, account_columns, found};
    std::vector<account_row> out;
    while (rows.next(found))
        out.push_back(read_row(rows, found));
    return out;
}

compared_accounts compare_accounts(std::vector<account_row> rows, const account_surroundings& in, faults& found) {
    compared_accounts out;
    std::unordered_map<std::string, std::int64_t> lines;
    for (auto& row : rows) {
        auto& fields = row.fields;
        const auto refuse = [&](std::string why) { found.push_back({row.line, std::move(why)}); };
        if (const auto [first, fresh] = lines.emplace(fields.code, row.line); !fresh && !fields.code.empty())
            refuse("code stands in line " + std::to_string(first->second) + " already");
        if (!row.customer_reference.empty()) {
            if (const auto known = in.customers.find(row.customer_reference); known != in.customers.end())
                fields.customer_id = known->second;
            else
                refuse("customer_external_reference is that of no customer");
        }
        if (is_asset_code(fields.currency) && !iso_exponent(fields.currency) && !in.assets.contains(fields.currency))
            refuse("currency is neither in ISO 4217 nor an asset of the organization");
        const bool bound = fields.floor || fields.ceiling || fields.customer_id;
        if (!db::repositories::can_bear_code(fields.code, fields.currency, fields.type, bound))
            refuse("code " + std::string{db::repositories::clearing_form});
        const auto has = in.accounts.find(fields.code);
        if (has == in.accounts.end()) {
            fields.id = server::uuid::v7();
            out.fresh.push_back(std::move(fields));
            continue;
        }
        if (!same(fields, *has->second))
            refuse("code belongs to an account of another type, currency, floor, ceiling or customer");
        ++out.known;
        if (fields.name != has->second->name)
            out.kept.push_back({row.line, fields.code, has->second->name});
    }
    return out;
}

} // namespace bursar::handlers::imports
