"""How the bundled reader was made: run ``python -m training`` in a checkout. Outside the packages, not in the wheel."""
