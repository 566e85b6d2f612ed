"""What the web chat shows, as escaped HTML made by plain functions, and what a browser may ask it for."""
