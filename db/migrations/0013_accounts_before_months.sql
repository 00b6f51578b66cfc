-- Whoever writes entries takes the accounts first and then the month, whichever way it goes: triggers fire in the order
-- of their names. A writer that had the month of a first entry and waited for an account could otherwise meet one that
-- had the account and waited for the month.

alter trigger entries_in_open_period on entries rename to entries_within_open_period;
