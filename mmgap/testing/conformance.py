"""A suite of named checks of one kind of thing, run at once or one by one."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

import pytest

from mmgap.core.paths import MissingDataError

Subject = TypeVar("Subject")


class Conformance(Generic[Subject]):
    """The checks of one kind of thing, by name: functions of a subject that raise where it is not as it should be.

    Args:
        kind: what is checked, in the singular, as messages say it.
        prepare: makes the subject of the checks from what the user gives. Its `MissingDataError` is a skip.

    Attributes:
        checks: name → function of the subject. A check that does not apply skips, with the reason.

    >>> check_word = Conformance("word", str)
    >>> @check_word.add
    ... def is_lower_case(word):
    ...     assert word.islower()
    >>> check_word("gap")
    >>> check_word("Gap", expected_failures={"is_lower_case": "it opens the sentence"})
    >>> check_word("Gap")
    Traceback (most recent call last):
    ...
    ExceptionGroup: word Gap fails 1 of 1 checks: is_lower_case (1 sub-exception)
    """

    def __init__(self, kind: str, prepare: Callable[[Any], Subject]) -> None:
        self.kind, self.prepare = kind, prepare
        self.checks: dict[str, Callable[[Subject], None]] = {}

    def add(self, check: Callable[[Subject], None]) -> Callable[[Subject], None]:
        """Add a check under its function's name."""
        self.checks[check.__name__] = check
        return check

    def __call__(self, thing: Any, *, expected_failures: Mapping[str, str] | None = None) -> None:
        """Run all checks of ``thing``.

        Args:
            thing: a registered name, or the thing itself.
            expected_failures: name of a check → why it may fail. One that passes all the same is an error.

        Raises:
            ExceptionGroup: what the failing checks raised, each with the name of its check.
            ValueError: an expected failure of a check that there is not.
        """
        expected = self._known(expected_failures)
        subject = self._prepared(thing)
        told = f"{self.kind} {thing if isinstance(thing, str) else getattr(thing, '__name__', type(thing).__name__)}"
        errors: dict[str, Exception] = {}
        for name, check in self.checks.items():
            try:
                check(subject)
            except pytest.skip.Exception:
                continue
            except (Exception, pytest.fail.Exception) as error:  # pytest's own is no Exception, as a group needs it
                found = error if isinstance(error, Exception) else AssertionError(str(error))
                found.add_note(f"in check {name!r} of {told}")
                if name not in expected:
                    errors[name] = found
            else:
                if name in expected:
                    errors[name] = AssertionError(f"{name} passes, and was expected to fail: {expected[name]}")
        if errors:
            text = f"{told} fails {len(errors)} of {len(self.checks)} checks: {', '.join(errors)}"
            raise ExceptionGroup(text, list(errors.values()))

    def each(self, thing: Any, *, expected_failures: Mapping[str, str] | None = None) -> list[Any]:
        """Return a parameter for each check, a function without arguments; the thing is made when the first one runs.

        Args, Raises: as the call. An expected failure is a strict xfail.

        >>> from mmgap.testing import check_loss
        >>> [parameter.id for parameter in check_loss.each("ce")][:2]
        ['gives_one_number', 'takes_the_logit_scale']
        """
        expected = self._known(expected_failures)
        subject = functools.cache(lambda: self._prepared(thing))

        def parameter(name: str, check: Callable[[Subject], None]) -> Any:
            marks = [pytest.mark.xfail(reason=expected[name], strict=True)] if name in expected else []
            return pytest.param(lambda: check(subject()), id=name, marks=marks)

        return [parameter(name, check) for name, check in self.checks.items()]

    def _known(self, expected: Mapping[str, str] | None) -> Mapping[str, str]:
        if unknown := set(expected or ()) - set(self.checks):
            raise ValueError(
                f"no check {min(unknown)!r} of a {self.kind}, so none that may fail; there are {', '.join(self.checks)}"
            )
        return expected or {}

    def _prepared(self, thing: Any) -> Subject:
        try:
            return self.prepare(thing)
        except MissingDataError as error:
            pytest.skip(str(error))
