"""The commands of ``footnote``, one module a subject: each adds its own to the parser."""
