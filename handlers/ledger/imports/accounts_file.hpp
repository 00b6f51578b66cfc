// A file of accounts: which of its rows are new, and whether those whose codes are taken are the accounts they say.
// Pure.
#pragma once

#include "db/repositories/ledger/imports.hpp"
#include "handlers/ledger/imports/table.hpp"

#include <set>
#include <unordered_map>

namespace bursar::handlers::imports {

using db::repositories::imported_account;

// A row of the file, with the customer still by reference.
struct account_row {
    std::int64_t line = 0;
    imported_account fields;
    std::string customer_reference; // empty: none
};

std::vector<account_row> read_accounts(std::string_view text, faults& found);

// What the organization has.
struct account_surroundings {
    std::unordered_map<std::string, const db::repositories::charted_account*> accounts; // by code
    std::unordered_map<std::string, server::uuid> customers;                            // by reference
    std::set<std::string> assets;
};

// A row whose account is there under another name, which stays.
struct kept_name {
    std::int64_t line;
    std::string code;
    std::string name;
};

struct compared_accounts {
    std::vector<imported_account> fresh; // to be inserted, with ids
    std::size_t known = 0;               // that are there, the same but perhaps for the name
    std::vector<kept_name> kept;
};

compared_accounts compare_accounts(std::vector<account_row> rows, const account_surroundings& in, faults& found);

} // namespace bursar::handlers::imports
