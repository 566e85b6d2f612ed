"""Files into the index: what changed is read, cut into passages, embedded and stored, and can be resumed."""
