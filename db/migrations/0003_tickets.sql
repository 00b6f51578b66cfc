-- The support desk: tickets about customers, their comments, and what happened to them.

create table tickets (
    org_id uuid not null references organizations (id),
    id uuid not null,
    customer_id uuid not null,
    subject text not null constraint tickets_subject_length check (length(subject) between 1 and 200),
    description text not null constraint tickets_description_length check (length(description) between 1 and 5000),
    priority text not null constraint tickets_priority_known check (priority in ('low', 'medium', 'high', 'critical')),
    status text not null default 'open' constraint tickets_status_known check (status in ('open', 'resolved')),
    assignee_id uuid,
    -- What in bursar the ticket is about: a transfer, a payout, an account. Both or neither.
    resource_type text constraint tickets_resource_type_length check (length(resource_type) between 1 and 50),
    resource_id text constraint tickets_resource_id_length check (length(resource_id) between 1 and 200),
    -- version counts changes of the ticket, comment_count its comments: each event has its own version + comment_count.
    version bigint not null default 1,
    comment_count bigint not null default 0,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    resolved_at timestamptz,
    deleted_at timestamptz,
    search tsvector not null generated always as (to_tsvector('simple', subject || ' ' || description)) stored,
    primary key (org_id, id),
    constraint tickets_customer_fkey foreign key (org_id, customer_id) references customers (org_id, id),
    constraint tickets_resource_whole check ((resource_type is null) = (resource_id is null)),
    constraint tickets_resolved_when_resolved check ((status = 'resolved') = (resolved_at is not null))
) with (fillfactor = 90);

-- One index for each way to list, all newest first: an id grows with time, so an index that ends in id is walked
-- backwards until the page is full. The two on open tickets are for the queues people work from, which stay short
-- while the rest grows.
create index tickets_newest on tickets (org_id, id) where deleted_at is null;
create index tickets_by_status on tickets (org_id, status, id) where deleted_at is null;
create index tickets_by_priority on tickets (org_id, priority, id) where deleted_at is null;
create index tickets_by_customer on tickets (org_id, customer_id, id) where deleted_at is null;
create index tickets_by_assignee on tickets (org_id, assignee_id, id) where deleted_at is null and assignee_id is not null;
create index tickets_open_by_priority on tickets (org_id, priority, id) where deleted_at is null and status = 'open';
create index tickets_open_by_assignee on tickets (org_id, assignee_id, id)
    where deleted_at is null and status = 'open' and assignee_id is not null;
create index tickets_search on tickets using gin (org_id, search) where deleted_at is null;

-- number is the ticket's comment_count after the comment: gapless, and in the order of commit, because whoever comments
-- holds the ticket's row until then.
create table ticket_comments (
    org_id uuid not null,
    ticket_id uuid not null,
    number bigint not null,
    id uuid not null,
    author text not null constraint ticket_comments_author_length check (length(author) between 1 and 200),
    -- The API key that wrote it, whomever it speaks for.
    actor_id uuid not null,
    body text not null constraint ticket_comments_body_length check (length(body) between 1 and 5000),
    visibility text not null constraint ticket_comments_visibility_known check (visibility in ('public', 'internal')),
    created_at timestamptz not null default now(),
    primary key (org_id, ticket_id, number),
    constraint ticket_comments_id_key unique (org_id, id),
    constraint ticket_comments_ticket_fkey foreign key (org_id, ticket_id) references tickets (org_id, id)
);

-- number is the ticket's version + comment_count after the event: gapless, in the order of commit.
create table ticket_activity (
    org_id uuid not null,
    ticket_id uuid not null,
    number bigint not null,
    kind text not null constraint ticket_activity_kind_known
        check (kind in ('created', 'updated', 'resolved', 'reopened', 'deleted', 'commented')),
    actor_id uuid not null,
    -- {"<field>": {"from": …, "to": …}} of an update, {"comment_id": …} of a comment, {} of the rest.
    changes jsonb not null default '{}',
    created_at timestamptz not null default now(),
    primary key (org_id, ticket_id, number),
    constraint ticket_activity_ticket_fkey foreign key (org_id, ticket_id) references tickets (org_id, id)
);
