#include "db/statement.hpp"

#include <map>
#include <mutex>

namespace bursar::db {

namespace {

// Made by the first statement, so that it outlives them all.
struct statement_list {
    static statement_list& get() {
        static statement_list all;
        return all;
    }

    std::mutex mutex;
    std::uint32_t last = 0;
    std::map<std::uint32_t, const statement*> by_id;
};

std::uint32_t enlist(const statement& made) {
    auto& all = statement_list::get();
    const std::lock_guard lock{all.mutex};
    all.by_id.emplace(++all.last, &made);
    return all.last;
}

} // namespace

statement::statement(std::string_view name, access kind, std::string sql)
    : name_(name)
    , sql_(std::move(sql))
    , id_(enlist(*this))
    , access_(kind) {}

statement::~statement() {
    auto& all = statement_list::get();
    const std::lock_guard lock{all.mutex};
    all.by_id.erase(id_);
}

void for_each_statement(const std::function<void(const statement&)>& see) {
    auto& all = statement_list::get();
    const std::lock_guard lock{all.mutex};
    for (const auto& [id, one] : all.by_id)
        see(*one);
}

} // namespace bursar::db
