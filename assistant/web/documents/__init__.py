"""The documents as the page shows them: the list, uploads, what was read, and reading one."""
