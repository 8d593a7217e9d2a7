"""The result row: its schema and keys, the door through which a result enters it, where it was made."""
