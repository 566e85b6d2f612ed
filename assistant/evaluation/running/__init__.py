"""One run: the corpus indexed, every question asked, a record of each, an optional judge."""
