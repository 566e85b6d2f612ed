"""What is kept on disk: the catalog, which is the truth, and the vector and keyword indexes made from it."""
