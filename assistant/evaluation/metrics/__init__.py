"""The metrics, each a small pure function whose docstring gives its definition and source."""
