"""Everything that depends on English: its words, its grammar, the forms of its questions."""
