"""A reader's conversations: kept, listed, exported, imported, and turned into questions for an evaluation."""
