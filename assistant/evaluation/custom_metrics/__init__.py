"""Metrics that other people write: found by name, given a record, and measured as ours are."""
