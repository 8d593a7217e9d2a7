"""What is wrong with two files of vectors: one file for each kind of finding, `examination` runs them all."""
