<<<<<<< HEAD
-- Held for another change that is under way; the merge puts it in place.
=======
select 1; -- Kept for a step that lands from another branch.
>>>>>>> views
