"""What rows and their arrays say together: paired changes, comparisons, roles. It draws nothing."""
