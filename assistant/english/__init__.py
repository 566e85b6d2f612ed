"""All that knows English: its words, its grammar, the forms of its questions. To be replaced for another language."""
