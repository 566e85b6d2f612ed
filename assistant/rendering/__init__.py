"""An answer written out by its blocks, and read back from where it was kept."""
