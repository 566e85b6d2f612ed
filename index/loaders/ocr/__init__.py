"""Text recognition: the words in scanned pages and pictures, by an engine that runs on this computer."""
