#include "tests/faults/replication/replicated.hpp"

namespace bursar::tests {

replicated::replicated(postgres_server& primary)
    : primary_(primary)
    , standby_({.durable = true, .standby_of = &primary}) {
    primary_.query("alter system set synchronous_standby_names = 'standby'");
    primary_.query("select pg_reload_conf()");
    wait_until_synchronous();
}

void replicated::start_standby() {
    standby_.start();
    wait_until_synchronous();
    primary_.wait_until("select count(*) from pg_stat_activity where wait_event = 'SyncRep'", "0");
}

void replicated::promote() const {
    standby_.query("select pg_promote()");
    standby_.wait_until("select pg_is_in_recovery()", "f");
}

void replicated::wait_for_waiting(int commits) const {
    primary_.wait_until(
        "select count(*) >= " + std::to_string(commits) + " from pg_stat_activity where wait_event = 'SyncRep'", "t");
}

void replicated::disturb_waiting(const std::string& function) const {
    primary_.query("select count(" + function + "(pid)) from pg_stat_activity where wait_event = 'SyncRep'");
}

void replicated::wait_until_synchronous() const {
    primary_.wait_until("select string_agg(sync_state, ',') from pg_stat_replication", "sync");
}

} // namespace bursar::tests
