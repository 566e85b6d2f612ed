"""The version of this package; a test compares it with pyproject.toml and the change log."""

VERSION = "0.2.0"
