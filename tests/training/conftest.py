"""The small models of the encoders' tests are trained here."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "encoders"))
