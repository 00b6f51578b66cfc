select 1; -- Kept for a step that lands from another branch.
