// Replies of a server, as the tests of the pipeline give them to it, and what they send.
#pragma once

#include "db/driver/pipeline.hpp"

namespace bursar::tests {

using db::failure;
using db::operation;
using db::pipeline;
using db::rows;
using server::deadline;
using server::errc;
using next = pipeline::next;
using role = pipeline::role;

inline const deadline never = deadline::max();

inline failure refused(errc code = errc::conflict) {
    failure f;
    f.reason.code = code;
    return f;
}

inline failure shut_down() {
    auto f = refused(errc::dependency_unavailable);
    f.ends_connection = true;
    return f;
}

inline failure stale() {
    auto f = refused(errc::dependency_unavailable);
    f.stale_plan = true;
    return f;
}

inline std::string_view tag_of(role kind) {
    return kind == role::commit ? "COMMIT" : "";
}

inline pipeline::verdict answer(pipeline& p) {
    const auto v = p.on_rows(rows{}, tag_of(p.head().kind));
    p.end_of_reply();
    return v;
}

inline pipeline::verdict refuse(pipeline& p, failure f) {
    const auto v = p.on_error(std::move(f));
    p.end_of_reply();
    return v;
}

inline pipeline::verdict abort(pipeline& p) {
    const auto v = p.on_aborted();
    p.end_of_reply();
    return v;
}

inline void send_read(pipeline& p, operation& op) {
    p.push(role::statement, &op);
}

inline void send_write(pipeline& p, operation& op) {
    p.push(role::statement, &op);
    p.push(role::sync, &op);
}

inline void send_commit(pipeline& p, operation& op) {
    op.commits = true;
    p.push(role::auxiliary, &op);
    p.push(role::statement, &op);
    p.push(role::commit, &op);
    p.push(role::sync, &op);
}

inline errc code(const operation& op) {
    return op.outcome.error().code;
}

} // namespace bursar::tests
