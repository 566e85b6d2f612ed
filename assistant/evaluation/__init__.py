"""Evaluation: from a question set to records, metrics, a report and an exit code."""
