"""OpenDocument: texts, presentations and spreadsheets of LibreOffice and others."""
