#include "handlers/api.hpp"

#include "handlers/operations/docs/routes.hpp"
#include "server/openapi/document.hpp"

namespace bursar::handlers {

namespace {

std::string describe(const std::vector<server::http::route>& routes, const std::string& version) {
    server::openapi::document_options options;
    options.version = version;
    options.description =
        "Payments back end: a double-entry ledger and a support desk over PostgreSQL. Authenticate with "
        "`Authorization: Bearer <API key or access token>`. Every POST that creates takes an `Idempotency-Key`: repeat "
        "a request with "
        "the same key until it is answered, and its effect happens once. Amounts are integers in minor units, times "
        "are RFC 3339 in UTC, ids are UUIDs.";
    options.tags = {
        {"Sessions", "Signing in: access tokens, and the refresh tokens that follow one another."},
        {"Organization", "Whose books these are."},
        {"Members", "Who works for the organization, and whom it has invited."},
        {"API keys", "What lets programs in."},
        {"Accounts", "Where money stands: balances, holds and limits."},
        {"Assets", "What an organization counts in beside the currencies of ISO 4217."},
        {"Transfers", "What moves money: debits and credits that always match."},
        {"Periods", "The months of the books: closed in their order, and then for good."},
        {"Customers", "Whom an organization serves."},
        {"Tickets", "The support desk: tickets, their comments and what happened to them."},
        {"Audit log", "Who did what, and from where."},
    };
    return server::openapi::document(routes, options);
}

} // namespace

api::api(
    server::asio::io_context& loop, server::thread_pool& pool, prometheus::Registry& metrics, std::size_t batches,
    const operations::dependencies& with, const identity::parts& identity_parts)
    : operations_(with)
    , identity_(with.database, identity_parts)
    , audit_log_{with.database, audit_rows_}
    , desk_(with.database)
    , ledger_(loop, pool, with.database, metrics, batches)
    , document_(describe(documented_routes(), with.version)) {}

std::vector<server::http::route> api::documented_routes() const {
    std::vector<server::http::route> all;
    for (auto& part : {identity_.routes(), audit_log::routes(audit_log_), desk_.routes(), ledger_.routes()})
        all.insert(all.end(), part.begin(), part.end());
    return all;
}

std::vector<server::http::route> api::routes(bool with_metrics) const {
    auto all = documented_routes();
    for (auto& part : {operations::public_routes(operations_), docs::routes(document_)})
        all.insert(all.end(), part.begin(), part.end());
    if (with_metrics)
        all.push_back(operations::metrics_route(operations_));
    return all;
}

std::vector<server::http::route> api::operators_routes() const {
    return operations::operators_routes(operations_);
}

} // namespace bursar::handlers
