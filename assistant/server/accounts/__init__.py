"""Who asks and what they may do: accounts, logins, sessions, tokens, shared collections, limits."""
