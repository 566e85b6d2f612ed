"""Sets of questions with labels: read, written in other tools' formats, checked, drafted and reviewed."""
