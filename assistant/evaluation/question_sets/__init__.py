"""Sets of questions with labels: read, written in other tools' forms, checked, drafted and reviewed."""
