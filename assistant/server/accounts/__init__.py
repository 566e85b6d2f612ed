"""Who asks and what they may do: accounts, logins, sessions, tokens, and who may read a collection."""
