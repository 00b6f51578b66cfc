#include "handlers/ledger/proof/finding.hpp"

namespace bursar::handlers::ledger_proof {

std::string to_line(const finding& f) {
    std::string out{to_string(f.broken)};
    out.append(": organization ").append(f.org.to_string()).append(", ").append(f.where);
    out.append(": expected ").append(f.expected).append(", found ").append(f.found);
    return out;
}

} // namespace bursar::handlers::ledger_proof
