"""What the reader is taught with: the lines of the data, made negatives, examples of an epoch, and their batches."""
