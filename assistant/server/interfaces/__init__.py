"""The interfaces for programs: /api, /v1, tools for agents, health and metrics."""
