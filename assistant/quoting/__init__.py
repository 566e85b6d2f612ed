"""An answer that quotes: sentences of the documents chosen, ordered, refused, compared."""
