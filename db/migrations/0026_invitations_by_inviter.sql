-- Who leaves takes their open invitations with them, which were looked for among all of the organization.
create index invitations_open_by_inviter on invitations (org_id, invited_by)
    where accepted_at is null and revoked_at is null;
