"""What every reader of a text needs: sentences, languages, and characters out of bytes."""
