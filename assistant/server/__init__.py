"""The same answers over HTTP, for many people and for programs: who asks, what they may see, and how much at once."""
