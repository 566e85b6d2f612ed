"""What reads texts for the index: embedding models and cross-encoders, bundled, by name, or behind an address."""
