"""PDF files, which say where letters stand and nothing of words, lines, paragraphs or headings."""
