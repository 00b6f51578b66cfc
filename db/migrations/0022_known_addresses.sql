-- Where somebody has signed in from. There the right password gets through when strangers have used up what the account
-- may be tried with; so whoever floods an account with wrong ones does not lock its owner out. Each is the SHA-256 of the
-- user with the address, or with the /64 of an IPv6 one: who reads the table learns no addresses, and of no two users that
-- they share one. The newest ten of ninety days are kept.
create table known_addresses (
    user_id uuid not null references users (id) on delete cascade,
    address_hash bytea not null constraint known_addresses_hash_length check (length(address_hash) = 32),
    signed_in_at timestamptz not null default now(),
    primary key (user_id, address_hash)
);
