"""Before CLIP against CLIP on a folder of one's own: ``pytest benchmarks/test_practices.py --dataset folder:PATH
--encoder A --encoder B``. It runs only when asked for; `mmgap compare-encoders PATH` is the same in one call.
"""

from mmgap.evaluation.comparison_experiment import test_practice

__all__ = ["test_practice"]
