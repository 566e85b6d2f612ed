"""What the web chat shows: answers and documents as escaped HTML, with the page's style and script beside it."""
