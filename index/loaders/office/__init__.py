"""Word documents, presentations and spreadsheets (OOXML)."""
