// Every route of the API put together, with the document that describes them. Outlives the routes; what it depends
// on must outlive it.
#pragma once

#include "handlers/identity/identity.hpp"
#include "handlers/ledger/ledger.hpp"
#include "handlers/operations/audit_log/routes.hpp"
#include "handlers/operations/probes/routes.hpp"
#include "handlers/support/support_desk.hpp"

#include <string>
#include <vector>

namespace bursar::handlers {

class api {
public:
    // batches: of the ledger, under way at once.
    api(server::asio::io_context& loop, server::thread_pool& pool, prometheus::Registry& metrics, std::size_t batches,
        const operations::dependencies& with, const identity::parts& identity_parts);

    // Of the listeners of the API; with the metrics where there is no listener for operations.
    std::vector<server::http::route> routes(bool with_metrics) const;
    // Of the listener for operations.
    std::vector<server::http::route> operators_routes() const;

    // What goes on beside the requests.
    void add_jobs(server::background& to) {
        ledger_.add_jobs(to);
        identity_.add_jobs(to);
    }

    // The OpenAPI 3.1 document of the routes that clients may use.
    const std::string& document() const noexcept { return document_; }

private:
    std::vector<server::http::route> documented_routes() const;

    const operations::dependencies operations_;
    identity identity_;
    const db::repositories::audit_log_repository audit_rows_;
    const audit_log::dependencies audit_log_;
    const support_desk desk_;
    ledger ledger_;
    const std::string document_;
};

} // namespace bursar::handlers
