"""A question in, passages out: both searches, filters, spelling, neighbours, and the order of what is found."""
