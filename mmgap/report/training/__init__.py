"""What training with each loss did: differences with their intervals, curves over epochs, histograms as they move.

It reads the rows of the experiment "train" and the arrays they point to, and runs nothing.
"""
