"""One module for each family of file formats; every loader turns a ``Source`` into a ``LoadedDocument``."""
