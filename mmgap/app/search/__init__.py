"""Search in a data set: words find pictures, pictures find words, with the chance that what is found is meant."""
