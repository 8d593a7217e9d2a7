"""The small models of the encoders' tests are trained here, and files mutated as elsewhere."""

import sys
from pathlib import Path

sys.path += [str(Path(__file__).parents[1] / "encoders"), str(Path(__file__).parents[1])]
