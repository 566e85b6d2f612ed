"""Answers over HTTP, for many people and for programs: accounts, permissions and limits."""
