"""What ``mmgap classify`` prints: a line for each adapter, a column for each number of shots, and a verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tabulate import tabulate

from mmgap.adapters import ZERO_SHOT
from mmgap.core.messages import text_of
from mmgap.rows.recorder import Recorder
from mmgap.rows.row import MetricDict


def few_shot_table(recorded: Mapping[str, Recorder], shots: Sequence[int], seeds: int) -> str:
    """Return the table, its legend and what the adapters gain; zero-shot, which takes no shots, has one figure.

    Args:
        recorded: adapter → what `mmgap.evaluation.few_shot_record.record_adapter` recorded, zero-shot first.
        shots: of each class, from few to many.
        seeds: how often they were drawn.
    """
    lines = [[_name(spec, one), *_shares(spec, one, shots)] for spec, one in recorded.items()]
    heads = ["adapter", *(f"{count} shot{'s' * (count > 1)}" for count in shots)]
    table = tabulate(lines, headers=heads, colalign=("left", *["right"] * len(shots)), disable_numparse=True)
    first = next(iter(recorded.values())).metrics
    legend = [
        f"Accuracy in %, ± half of its 95 % interval, mean over {seeds} draws of the shots;"
        f" {first['n_test']['value']:.0f} test images of {first['n_classes']['value']:.0f} classes.",
        *dict.fromkeys(text_of(note) for one in recorded.values() for note in one.notes),
    ]
    return "\n".join([table, "", *verdict(recorded, shots[-1]), *(f"- {line}" for line in legend)])


def verdict(recorded: Mapping[str, Recorder], count: int) -> list[str]:
    """Return what the adapters gain over zero-shot at ``count`` shots, the largest gain first; leaky ones have none."""
    name = f"gain_shots{count}"
    gains = {spec: one.metrics[name] for spec, one in recorded.items() if name in one.metrics and not _leaky(one)}
    told = [f"{spec} {_points(gain)}" for spec, gain in sorted(gains.items(), key=lambda item: -item[1]["value"])]
    return [f"Points over zero-shot at {count} shot{'s' * (count > 1)}, paired: {'; '.join(told)}.", ""] if told else []


def _leaky(one: Recorder) -> bool:
    return any(name.startswith("leak_") for name in one.metrics)


def _name(spec: str, one: Recorder) -> str:
    """The adapter; of a leaky one also by how many points it leaks at most."""
    if not _leaky(one):
        return spec
    most = max(metric["value"] for name, metric in one.metrics.items() if name.startswith("leak_"))
    return f"{spec} LEAKY, up to {most:.1f} points"


def _shares(spec: str, one: Recorder, shots: Sequence[int]) -> list[str]:
    """Accuracies by shots; "–" where an adapter has none."""
    if spec == ZERO_SHOT:
        return [_share(one.metrics["accuracy_zero_shot"]), *[""] * (len(shots) - 1)]
    found = [one.metrics.get(f"accuracy_shots{count}") for count in shots]
    return ["–" if metric is None else _share(metric) for metric in found]


def _share(metric: MetricDict) -> str:
    assert metric["ci_low"] is not None
    assert metric["ci_high"] is not None
    return f"{100 * metric['value']:.1f} ±{50 * (metric['ci_high'] - metric['ci_low']):.1f}"


def _points(metric: MetricDict) -> str:
    low, high = metric["ci_low"], metric["ci_high"]
    return f"{metric['value']:+.1f} [{low:+.1f}, {high:+.1f}]".replace("-", "−")
