"""Web pages: fetched from public addresses only, with limits, and added like files."""
