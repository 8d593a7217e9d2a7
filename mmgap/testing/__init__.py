"""Checks of what a loss, an encoder, a dataset, a space or an adapter has to be, for the tests of whoever adds one.

Each of `check_loss`, `check_encoder`, `check_dataset`, `check_space` and `check_adapter` is a `Conformance`: called
with a registered name or the thing itself it runs all its checks; ``each`` gives them one by one to
``pytest.mark.parametrize``::

    @pytest.mark.parametrize("check", check_encoder.each("mine", expected_failures={"one_width": "joined later"}))
    def test_my_encoder(check):
        check()

They hold what `mmgap.losses`, `mmgap.encoders.Encoder`, `mmgap.datasets.Dataset`, `mmgap.spaces` and `mmgap.adapters`
write down, and no more. What is promised by a tag (`mmgap.losses.Tags`) or offered besides (`mmgap.encoders.Trainable`)
is checked where it is; else that check is a skip with the reason, as all are where data or weights are not on this
machine.

>>> from mmgap.testing import check_loss
>>> list(check_loss.checks)[:3]
['gives_one_number', 'takes_the_logit_scale', 'gradients_are_right']
>>> check_loss("ce")
"""

from lazy_loader import attach_stub

__getattr__, __dir__, __all__ = attach_stub(__name__, __file__)
