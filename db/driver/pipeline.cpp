#include "db/driver/pipeline.hpp"

namespace bursar::db {

using server::errc;

namespace {

constexpr const char* not_replicated = "committed, but perhaps not at the synchronous standby";

} // namespace

void pipeline::push(role kind, operation* owner, std::uint32_t statement_id, std::uint32_t statement_number) {
    if (size() == ring_.size())
        grow();
    auto& s = at(end_);
    s = {owner, {}, statement_id, statement_number, kind};
    if (owner != nullptr) {
        s.until = owner->until;
        s.rule = owner->rule;
        if (owner->at != operation::stage::sent)
            owner->first_slot = end_;
        owner->at = operation::stage::sent;
        owner->last_slot = end_;
    }
    if (kind == role::statement)
        ++statements_;
    if (s.commits())
        ++commits_;
    ++end_;
}

void pipeline::advance() noexcept {
    const auto& s = at(first_);
    if (s.kind == role::statement)
        --statements_;
    if (s.commits())
        --commits_;
    ++first_;
}

void pipeline::grow() {
    std::vector<slot> larger(ring_.size() * 2);
    for (auto position = first_; position != end_; ++position)
        larger[position & (larger.size() - 1)] = at(position);
    ring_ = std::move(larger);
}

void pipeline::detach(operation& op) noexcept {
    for (auto position = std::max(op.first_slot, first_); position <= op.last_slot && position < end_; ++position)
        if (at(position).owner == &op)
            at(position).owner = nullptr;
    op.at = operation::stage::done;
}

pipeline::verdict pipeline::finish(operation& op) noexcept {
    detach(op);
    return {next::finish, &op};
}

pipeline::verdict pipeline::send_again(operation& op, failure&& because) {
    detach(op);
    if (++op.resends > resends_at_most) {
        op.fail(std::move(because.reason));
        return {next::finish, &op};
    }
    op.alone = op.resends >= resends_in_company;
    op.outcome = rows{};
    return {next::send_again, &op};
}

pipeline::verdict pipeline::on_rows(rows r, std::string_view command_tag) {
    auto& s = at(first_);
    s.answered = true;
    auto* const op = s.owner;
    if (op == nullptr || op->failed)
        return {};
    if (s.kind == role::commit) {
        // COMMIT of a transaction that had failed is answered with ROLLBACK, and without an error.
        op->committed = command_tag == "COMMIT";
        if (!op->committed)
            op->fail({errc::internal, "COMMIT of a failed transaction"});
        else if (op->in_doubt)
            op->fail({errc::outcome_unknown, not_replicated});
        return {};
    }
    if (s.kind != role::statement)
        return {};
    if (op->each != nullptr) {
        op->each->push_back(std::move(r));
        return {};
    }
    op->outcome = std::move(r);
    return op->rule == sending::read ? finish(*op) : verdict{};
}

pipeline::verdict pipeline::on_error(failure f) {
    auto& s = at(first_);
    s.answered = true;
    const auto cancelled_at = f.cancelled ? std::exchange(cancelled_at_, {}) : server::steady_clock::time_point{};
    auto* const op = s.owner;
    if (op == nullptr || op->failed)
        return {};
    if (op->committed) // the server ends before it comes to the sync
        return {};
    if (op->rule == sending::transaction) {
        if (s.kind == role::commit && f.ends_connection)
            f.reason.code = errc::outcome_unknown;
        op->fail(std::move(f.reason));
        return {};
    }
    if (s.kind == role::sync) {
        // The statement had succeeded; what failed is its commit. An ERROR rolled it back (a deferred constraint);
        // a connection that ends here may have committed first.
        if (f.ends_connection)
            f.reason.code = errc::outcome_unknown;
        op->fail(std::move(f.reason));
        return finish(*op);
    }
    if (f.stale_plan)
        return send_again(*op, std::move(f));
    if (op->rule == sending::read) {
        if (f.ends_connection && !op->lost_before) {
            op->lost_before = true;
            return send_again(*op, std::move(f));
        }
        // Ours, meant for another: the caller still has time.
        if (cancelled_at != server::steady_clock::time_point{} && op->until > cancelled_at)
            return send_again(*op, std::move(f));
    }
    op->fail(std::move(f.reason));
    return finish(*op);
}

pipeline::verdict pipeline::on_aborted() {
    auto& s = at(first_);
    s.answered = true;
    auto* const op = s.owner;
    if (op == nullptr || op->failed)
        return {};
    server::error why{errc::dependency_unavailable, "aborted by another statement's error"};
    if (op->rule != sending::read) {
        op->fail(std::move(why)); // the error was of what nobody waits for, or it would have failed
        return {};
    }
    return s.kind == role::statement ? send_again(*op, {std::move(why)}) : verdict{};
}

bool pipeline::end_of_reply() {
    if (empty() || !at(first_).answered || at(first_).kind == role::sync)
        return false;
    advance();
    return true;
}

pipeline::verdict pipeline::on_sync() {
    auto* const op = at(first_).owner;
    advance();
    if (op == nullptr)
        return {};
    if (op->rule == sending::write && op->in_doubt && !op->failed)
        op->fail({errc::outcome_unknown, not_replicated});
    return finish(*op);
}

void pipeline::doubt() noexcept {
    if (!empty() && at(first_).owner != nullptr)
        at(first_).owner->in_doubt = true;
}

void pipeline::abandon(operation& op) {
    detach(op);
    if (op.failed)
        return;
    const bool in_doubt = op.rule == sending::write || (op.rule == sending::transaction && op.commits && !op.committed);
    if (op.rule == sending::transaction && op.committed)
        return;
    op.fail({in_doubt ? errc::outcome_unknown : errc::deadline_exceeded, "given up after it was sent"});
}

void pipeline::expire(server::steady_clock::time_point now, operation_list& finished) {
    for (auto position = first_; position != end_; ++position) {
        auto* const op = at(position).owner;
        if (op == nullptr || op->until > now)
            continue;
        abandon(*op);
        finished.push_back(*op);
    }
}

pipeline::verdict pipeline::settle_lost(operation& op, std::string_view why) {
    detach(op);
    if (op.failed || op.committed)
        return {next::finish, &op};
    if (op.rule == sending::read && !op.lost_before) {
        op.lost_before = true;
        op.outcome = rows{};
        return {next::send_again, &op};
    }
    const bool in_doubt = op.rule == sending::write || op.commits;
    op.fail({in_doubt ? errc::outcome_unknown : errc::dependency_unavailable, std::string{why}});
    return {next::finish, &op};
}

void pipeline::lose(std::string_view why, operation_list& finished, operation_list& again) {
    for (; first_ != end_; ++first_) {
        auto* const op = at(first_).owner;
        if (op == nullptr)
            continue;
        const auto v = settle_lost(*op, why);
        (v.step == next::send_again ? again : finished).push_back(*op);
    }
    statements_ = commits_ = 0;
    cancelled_at_ = {};
}

} // namespace bursar::db
