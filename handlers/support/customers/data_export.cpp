#include "handlers/support/customers/data_export.hpp"

#include "server/telemetry/log.hpp"

#include <limits>
#include <span>

namespace bursar::handlers::customers {

using db::repositories::kept;
using db::repositories::kept_item;
using db::repositories::kept_place;
using server::http::body_writer;

namespace {

constexpr std::size_t piece_size = std::size_t{32} << 10U; // written as soon as there is so much
constexpr auto all = std::numeric_limits<std::int64_t>::max();

struct kept_list {
    std::string_view name;
    kept what;
};

struct kept_list_with_children : kept_list {
    std::span<const kept_list> children;
};

constexpr std::array<kept_list, 2> of_tickets{{{"comments", kept::comments}, {"activity", kept::activity}}};
constexpr std::array<kept_list, 1> of_accounts{{{"entries", kept::entries}}};
constexpr std::array<kept_list_with_children, 4> kept_lists{
    {{{"tickets", kept::tickets}, of_tickets},
     {{"accounts", kept::accounts}, of_accounts},
     {{"scheduled_transfers", kept::scheduled_transfers}, {}},
     {{"audit_log", kept::audit_log}, {}}}};

void append_name(std::string& out, std::string_view name) {
    out.append(",\"").append(name).append("\":");
}

class exporter {
public:
    exporter(std::shared_ptr<export_job> job, body_writer& to)
        : job_(std::move(job))
        , to_(to) {}

    awaitable<result<>> run() {
        piece_ = R"({"data":{"exported_at":")" + server::to_rfc3339(job_->began) + R"(","customer":)" + job_->itself;
        for (const auto& each : kept_lists) {
            append_name(piece_, each.name);
            if (auto sent = co_await send(each.what, job_->customer, all, each.children); !sent)
                co_return sent;
        }
        piece_ += "}}";
        co_return co_await to_.write(piece_);
    }

private:
    awaitable<result<>> send(kept what, uuid owner, std::int64_t through, std::span<const kept_list> children) {
        auto& database = job_->with.database;
        kept_place after;
        char separator = '[';
        for (;;) {
            auto page = co_await job_->with.data.list(
                database.reports(), what, job_->org, owner, after, through, database.report_deadline());
            if (!page)
                co_return cut(page.error());
            for (auto& item : page->items) {
                piece_ += separator;
                separator = ',';
                if (auto sent = co_await send_item(item, children); !sent)
                    co_return sent;
            }
            if (!page->more)
                break;
            after = page->items.back().place;
        }
        piece_ += separator == '[' ? "[]" : "]";
        co_return result<>{};
    }

    awaitable<result<>> send_item(kept_item& item, std::span<const kept_list> children) {
        if (!children.empty())
            item.json.pop_back(); // the brace, which comes after them
        piece_ += item.json;
        for (const auto& each : children) {
            append_name(piece_, each.name);
            const auto through = each.what == kept::entries ? item.children : all;
            if (auto sent = co_await send(each.what, item.place.id, through, {}); !sent)
                co_return sent;
        }
        if (!children.empty())
            piece_ += '}';
        if (piece_.size() < piece_size)
            co_return result<>{};
        auto written = co_await to_.write(piece_);
        piece_.clear();
        co_return written;
    }

    server::error cut(server::error why) const {
        server::log_warning("customer_export_cut")
            .with("request_id", job_->request_id)
            .with("customer", job_->customer)
            .with("error", why.detail);
        return why;
    }

    std::shared_ptr<export_job> job_;
    body_writer& to_;
    std::string piece_;
};

awaitable<result<>> send(std::shared_ptr<export_job> job, body_writer& to) {
    exporter one{std::move(job), to};
    co_return co_await one.run();
}

} // namespace

server::http::body_stream stream_of(std::shared_ptr<export_job> job) {
    return [job = std::move(job)](body_writer& to) { return send(job, to); };
}

} // namespace bursar::handlers::customers
