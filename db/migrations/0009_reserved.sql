-- A place kept for the users of an organization, which another branch brings: that branch's step takes this file's place.
select 1;
