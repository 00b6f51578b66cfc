#include "db/repositories/operations/audit_log.hpp"
#include "middleware/request_transaction.hpp"
#include "middleware/steps.hpp"
#include "server/http/answer.hpp"
#include "server/http/origin.hpp"
#include "server/http/route_rules.hpp"

namespace bursar::middleware {

namespace {

using db::repositories::audit_record;

struct resource {
    std::optional<std::string> type;
    std::optional<std::string> id;
};

// The collection and the member that a path begins with: /api/v1/customers/<id>/… in either of its forms.
resource resource_of(std::string_view path) {
    constexpr std::string_view root = "/api/v1/";
    resource out;
    if (!path.starts_with(root))
        return out;
    path.remove_prefix(root.size());
    const auto type = path.substr(0, path.find('/'));
    out.type = type;
    path.remove_prefix(std::min(type.size() + 1, path.size()));
    if (const auto id = path.substr(0, path.find('/')); !id.empty())
        out.id = id;
    return out;
}

// What was made, or else what the path names.
resource resource_of(const http::request_context& context, const http::response& answer) {
    if (const auto made = answer.headers.find("Location"))
        return resource_of(*made);
    auto out = resource_of(context.route->path);
    out.id.reset();
    if (!context.parameters.empty())
        out.id = context.parameters.front().value;
    return out;
}

audit_record record_of(const http::request_context& context, const http::response& answer) {
    auto on = resource_of(context, answer);
    return {
        .org = context.caller->org,
        .origin = http::origin_of(context),
        .action = std::string{context.route->operation_id},
        .resource_type = std::move(on.type),
        .resource_id = std::move(on.id)};
}

class audit_step final : public http::middleware {
public:
    explicit audit_step(db::client& client)
        : client_(client) {}

    bool applies_to(const http::route& r) const override { return http::is_audited(r); }

    awaitable<http::response> handle(http::request_context& context, http::next rest) override {
        if (auto* const transaction = context.state.find<db::transaction>()) {
            auto answer = co_await rest(context);
            if (answer.status < 400)
                enqueue(*transaction, record_of(context, answer));
            co_return answer;
        }
        const auto begun = co_await begin_request_transaction(client_, context);
        if (!begun)
            co_return http::problem(context, begun.error());
        auto answer = co_await run_and_commit(context, rest);
        co_await end_request_transaction(context);
        co_return answer;
    }

private:
    static awaitable<http::response> run_and_commit(http::request_context& context, http::next rest) {
        auto& transaction = *context.state.find<db::transaction>();
        auto answer = co_await rest(context);
        if (answer.status >= 400)
            co_return answer;
        const auto record = record_of(context, answer);
        const auto committed = co_await append_and_commit(transaction, record, context.expires);
        if (!committed)
            co_return http::problem(context, committed.error());
        co_return answer;
    }

    db::client& client_;
};

} // namespace

step audit(db::client& client) {
    return std::make_shared<audit_step>(client);
}

} // namespace bursar::middleware
