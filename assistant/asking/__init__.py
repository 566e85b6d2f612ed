"""A question under way: checked, understood, taken apart, timed, and given up when nobody waits."""
