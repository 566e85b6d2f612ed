"""HTML pages and e-books: trees of elements into text."""
