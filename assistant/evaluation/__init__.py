"""Evaluation inside the product: question sets in; records, metrics, a report and an exit code out."""
