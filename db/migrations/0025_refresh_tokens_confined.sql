-- Refresh tokens belong to an organization as their sessions do, and were left out of the tables that a transaction of one
-- organization changes no foreign row of (0012). Signing in and refreshing run in transactions of no organization and pass.
alter table refresh_tokens enable row level security;
create policy everybody_reads on refresh_tokens for select using (true);
create policy own_rows_made on refresh_tokens for insert with check (coalesce(org_id = transaction_org(), true));
create policy own_rows_changed on refresh_tokens for update using (coalesce(org_id = transaction_org(), true));
create policy own_rows_removed on refresh_tokens for delete using (coalesce(org_id = transaction_org(), true));
