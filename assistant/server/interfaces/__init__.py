"""What programs ask: /api, /v1, tools for agents, health and metrics."""
