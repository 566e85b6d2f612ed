"""People grade the answers of runs in a browser: their labels, how far they agree, and the page they use."""
