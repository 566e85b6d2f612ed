"""Messages: e-mail (.eml) and Outlook's own files (.msg)."""
