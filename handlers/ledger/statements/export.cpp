#include "handlers/ledger/statements/export.hpp"

#include "server/telemetry/log.hpp"

namespace bursar::handlers::statements {

using db::repositories::statement_page_lines;
using server::errc;
using server::error;
using server::http::body_writer;

namespace {

// Fewer lines than this are made into text where they are.
constexpr std::size_t pool_from = 50;

// Adds up the lines as they pass.
class tally {
public:
    explicit tally(std::int64_t opening) noexcept
        : balance_(opening) {}

    // False: a line does not follow from the one before it.
    bool take(const std::vector<statement_line>& lines) noexcept {
        for (const auto& line : lines) {
            balance_ += line.amount;
            if (line.balance != balance_)
                return false;
            (line.amount > 0 ? totals_.in : totals_.out) += std::abs(line.amount);
            ++totals_.lines;
        }
        return true;
    }

    std::int64_t balance() const noexcept { return balance_; }
    const statement_totals& totals() const noexcept { return totals_; }

private:
    std::int64_t balance_;
    statement_totals totals_;
};

error cut(const export_job& job, error why) {
    server::log_warning("statement_cut")
        .with("request_id", job.request_id)
        .with("account", job.statement.of.account.id)
        .with("error", why.detail);
    return why;
}

awaitable<std::string> text_of(std::shared_ptr<export_job> job, std::vector<statement_line> some) {
    const auto lines = std::make_shared<const std::vector<statement_line>>(std::move(some));
    const auto work = [job, lines] {
        std::string out;
        job->how.lines(out, job->statement, *lines);
        return out;
    };
    if (lines->size() >= pool_from)
        if (auto made = co_await job->with.pool.compute(work))
            co_return std::move(*made);
    co_return work();
}

awaitable<result<>> send(std::shared_ptr<export_job> job, body_writer& to) {
    tally sum{job->statement.of.opening.posted};
    std::string piece;
    job->how.begin(piece, job->statement);
    auto lines = std::move(job->lines);
    for (;;) {
        if (!sum.take(lines.items))
            co_return cut(*job, {errc::internal, "a line does not follow from the one before it"});
        if (!lines.items.empty())
            piece += co_await text_of(job, std::move(lines.items));
        if (auto written = co_await to.write(piece); !written)
            co_return written;
        piece.clear();
        if (!lines.more)
            break;
        auto& database = job->with.database;
        auto next = co_await job->with.service.read(
            database.reports(), job->org, job->statement, statement_page_lines, database.report_deadline());
        if (!next)
            co_return cut(*job, next.error());
        lines = std::move(*next);
    }
    if (sum.balance() != job->statement.of.closing.posted)
        co_return cut(*job, {errc::internal, "the lines do not add up to the closing balance"});
    job->how.end(piece, job->statement, sum.totals());
    co_return co_await to.write(piece);
}

} // namespace

server::http::body_stream stream_of(std::shared_ptr<export_job> job) {
    return [job = std::move(job)](body_writer& to) { return send(job, to); };
}

} // namespace bursar::handlers::statements
