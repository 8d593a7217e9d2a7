"""What every part stands on: registry, cache, paths, files that are whole or not there. It imports nothing of mmgap."""
