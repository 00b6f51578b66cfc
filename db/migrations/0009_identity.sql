-- Who is let in: people with their memberships and sessions, invitations, and what looking after API keys takes.

alter table organizations
    add column version bigint not null default 1,
    add column updated_at timestamptz not null default now();

-- A person, whatever the organizations: who is in two has one password.
create table users (
    id uuid primary key,
    email text not null constraint users_email_length check (length(email) between 3 and 254),
    name text not null constraint users_name_length check (length(name) between 1 and 200),
    -- Argon2id with its parameters and salt, in the PHC string format.
    password_hash text not null constraint users_password_hash_form check (password_hash like '$argon2id$%'),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);

create unique index users_email_key on users (lower(email));

create table memberships (
    org_id uuid not null references organizations (id),
    user_id uuid not null references users (id),
    role text not null constraint memberships_role_known check (role in ('owner', 'admin', 'agent', 'viewer')),
    version bigint not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (org_id, user_id)
);

create index memberships_by_user on memberships (user_id, org_id);

-- One after the other for each organization, so that two owners who step down at once do not both find the other there.
create function keep_an_owner() returns trigger language plpgsql as $$
begin
    perform from organizations where id = old.org_id for no key update;
    if not exists (select from memberships where org_id = old.org_id and role = 'owner') then
        raise exception 'an organization keeps an owner' using errcode = 'check_violation',
            constraint = 'memberships_owner_stays';
    end if;
    return null;
end
$$;

create trigger memberships_owner_goes after update of role or delete on memberships
    for each row when (old.role = 'owner') execute function keep_an_owner();

-- A sign-in, for as long as its refresh tokens follow one another.
create table sessions (
    org_id uuid not null,
    id uuid not null,
    user_id uuid not null,
    client_address text,
    user_agent text constraint sessions_user_agent_length check (length(user_agent) <= 200),
    created_at timestamptz not null default now(),
    refreshed_at timestamptz not null default now(),
    expires_at timestamptz not null,
    revoked_at timestamptz,
    primary key (org_id, id),
    constraint sessions_membership_fkey foreign key (org_id, user_id) references memberships (org_id, user_id)
        on delete cascade
);

create index sessions_by_user on sessions (user_id, id) where revoked_at is null;
create index sessions_by_membership on sessions (org_id, user_id);
create index sessions_by_expiry on sessions (expires_at);

-- Kept as SHA-256. One that was used already stays, so that it is known when it comes again.
create table refresh_tokens (
    token_hash bytea primary key constraint refresh_tokens_hash_length check (length(token_hash) = 32),
    org_id uuid not null,
    session_id uuid not null,
    created_at timestamptz not null default now(),
    used_at timestamptz,
    constraint refresh_tokens_session_fkey foreign key (org_id, session_id) references sessions (org_id, id)
        on delete cascade
);

create unique index refresh_tokens_current on refresh_tokens (org_id, session_id) where used_at is null;
create index refresh_tokens_by_session on refresh_tokens (org_id, session_id);

-- Every process caches sessions with the role of their user; a change tells them to forget.
create function notify_session_changed() returns trigger language plpgsql as $$
begin
    perform pg_notify('bursar_sessions', 'session:' || old.id);
    return null;
end
$$;

create trigger session_changed after update of revoked_at, expires_at or delete on sessions
    for each row execute function notify_session_changed();

create function notify_membership_changed() returns trigger language plpgsql as $$
begin
    perform pg_notify('bursar_sessions', 'user:' || old.user_id);
    return null;
end
$$;

create trigger membership_changed after update of role or delete on memberships
    for each row execute function notify_membership_changed();

create table invitations (
    org_id uuid not null references organizations (id),
    id uuid not null,
    email text not null constraint invitations_email_length check (length(email) between 3 and 254),
    role text not null constraint invitations_role_known check (role in ('owner', 'admin', 'agent', 'viewer')),
    token_hash bytea not null constraint invitations_token_hash_length check (length(token_hash) = 32),
    -- Who invited: an API key or a user; null is an operator.
    invited_by uuid,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    accepted_at timestamptz,
    revoked_at timestamptz,
    primary key (org_id, id),
    constraint invitations_token_hash_key unique (token_hash),
    constraint invitations_one_end check (accepted_at is null or revoked_at is null)
);

alter table api_keys
    add column version bigint not null default 1,
    add column updated_at timestamptz not null default now(),
    -- Who made it: an API key or a user; null is an operator.
    add column created_by uuid,
    -- Within a minute or two: a process tells it now and then, not with every request.
    add column last_used_at timestamptz,
    add column replaced_by uuid,
    add constraint api_keys_replaced_by_fkey foreign key (org_id, replaced_by) references api_keys (org_id, id);

-- Use is no change: processes need not forget for it.
drop trigger api_key_changed on api_keys;
create trigger api_key_changed
    after insert or delete or update of key_hash, permissions, rate_limit, expires_at, revoked_at on api_keys
    for each row execute function notify_api_key_changed();
