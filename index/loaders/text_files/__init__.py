"""Files that are text already: plain text, code, Markdown, settings, subtitles."""
