"""Tables of values: their headers, several of them on one sheet, and CSV files."""
