-- Who did what to which resource, and from where. A row is written in the transaction of what it tells of, and never
-- changed or deleted afterwards; nothing personal of a customer stands in it, so that it may stay when they are erased.

create table audit_log (
    org_id uuid not null references organizations (id),
    -- A version 7 UUID of at, to the microsecond: the order of the list, and a range of time is a range of ids.
    id uuid not null,
    at timestamptz not null,
    actor_kind text not null constraint audit_log_actor_kind_known check (actor_kind in ('api_key', 'user', 'system')),
    actor_id uuid, -- null: nobody we know
    -- The operation of the API (createCustomer), or an event of security (permission_denied).
    action text not null constraint audit_log_action_length check (length(action) between 1 and 100),
    -- As in the path of the resource: customers, and its id.
    resource_type text constraint audit_log_resource_type_length check (length(resource_type) between 1 and 100),
    resource_id text constraint audit_log_resource_id_length check (length(resource_id) between 1 and 200),
    outcome text not null constraint audit_log_outcome_known check (outcome in ('succeeded', 'denied', 'failed')),
    request_id text constraint audit_log_request_id_length check (length(request_id) between 1 and 128),
    trace_id text constraint audit_log_trace_id_length check (length(trace_id) = 32),
    client_address inet,
    user_agent text constraint audit_log_user_agent_length check (length(user_agent) between 1 and 200),
    details jsonb not null default '{}'
        constraint audit_log_details_small check (jsonb_typeof(details) = 'object' and length(details::text) <= 2000),
    primary key (org_id, id),
    constraint audit_log_resource_whole check (resource_id is null or resource_type is not null)
);

create index audit_log_by_actor on audit_log (org_id, actor_id, id) where actor_id is not null;
create index audit_log_by_action on audit_log (org_id, action, id);
create index audit_log_by_resource on audit_log (org_id, resource_type, resource_id, id) where resource_id is not null;

create function refuse_audit_change() returns trigger language plpgsql as $$
begin
    raise exception '% of % is refused: what was done stays written', tg_op, tg_table_name
        using errcode = 'restrict_violation', constraint = tg_table_name || '_append_only';
end
$$;

create trigger audit_log_is_immutable before update or delete on audit_log
    for each row execute function refuse_audit_change();
create trigger audit_log_is_not_truncated before truncate on audit_log execute function refuse_audit_change();
