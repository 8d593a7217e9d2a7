"""The figures of a training and of losses beside each other, of theory and of random networks."""

from __future__ import annotations

from typing import Any

from mmgap.core.messages import N_
from mmgap.report.figures.kinds import own_figure

_CURVES = tuple(f"curve_{name}" for name in ("gap", "t2i_r1", "i2t_r1"))
_HISTOGRAMS = ("epochs", "curve_gap", "epoch_edges", *(f"epoch_{k}" for k in ("image", "text", "matched", "unmatched")))
#: A film takes seconds and half a megabyte; of the other losses the page has a slider.
_FILMED = ("ce", "ce+anti")
_DRAWN_OVER_EPOCHS: Any = {"vector": True, "counted": False}

TRAINING_FIGURES = (
    # a training
    own_figure(
        "curves",
        "training_curves:curves",
        N_(
            "Loss of the steps with its terms and the chance line ln N of a batch of N, learning rate and logit scale;"
            " gap, misalignment, uniformity, R@1 both ways (any-of, pools of 90), effective rank and length of the"
            " mean vectors on the validation split after each epoch, 0 being before training."
        ),
        N_("Training: its steps, and the validation split after each epoch"),
        (
            *("epochs", *_CURVES, *(f"curve_{name}" for name in ("misalignment", "uniformity", "scale"))),
            *(f"curve_{name}_{side}" for name in ("rank", "mean") for side in ("image", "text")),
            *(f"step_{name}" for name in ("loss", "rate", "scale", "gap")),
            *("steps_per_epoch", "chance"),
        ),
        **_DRAWN_OVER_EPOCHS,
    ),
    own_figure(
        "evolution",
        "histogram_evolution:evolution",
        N_(
            "As figures 5.4 and D.1–D.18: densities of the cosines on the validation split from before training to the"
            " last epoch, on the same axes (peaks beyond the frame are cut); dots mark the means."
        ),
        N_("Cosines over the epochs, validation split"),
        _HISTOGRAMS,
        interactive="explored_histograms:evolution",
        **_DRAWN_OVER_EPOCHS,
    ),
    own_figure(
        "animation",
        "histogram_evolution:animation",
        N_("The same, one frame an epoch."),
        N_("Cosines over the epochs, animated"),
        _HISTOGRAMS,
        losses=_FILMED,
        least=6,
        moves=True,
        counted=False,
    ),
    own_figure(
        "loss_frontier",
        "loss_points:loss_frontier",
        N_(
            "Change of R@1 (own pairs, pools as in the table) and of the corrected gap, both against the loss at the"
            " cross: further left more of the gap is closed, below 0 at a cost. Bars are 95 % intervals, over images"
            " and seeds where there are several; the colours follow them, both ways together."
        ),
        N_("Change of R@1 against change of the gap, by loss"),
        ("gap_interval", "gap_replicates"),
        several=True,
        seeds=True,
        vector=True,
    ),
    own_figure(
        "losses",
        "loss_comparison:losses",
        N_(
            "Gap and R@1 (any-of in pools of 90, both ways averaged) on the validation split after"
            " each epoch, a line for each loss, and below them less those of ce; epoch 0 is before training."
        ),
        N_("Gap and R@1 over the epochs, by loss"),
        ("epochs", *_CURVES),
        several=True,
        interactive="explored_curves:losses",
        **_DRAWN_OVER_EPOCHS,
    ),
    own_figure(
        "loss_histograms",
        "loss_comparison:loss_histograms",
        N_(
            "Densities of the cosines on the validation split before training and after the last epoch of each loss,"
            " on the same axes (peaks beyond the frame are cut); dots mark the means."
        ),
        N_("Cosines after the last epoch, by loss"),
        _HISTOGRAMS,
        several=True,
        **_DRAWN_OVER_EPOCHS,
    ),
    # theory, and random networks
    own_figure(
        "concentrations",
        "spheres:concentration_spheres",
        N_("Figure 5.1: 500 draws on the sphere for each concentration κ, and their uniformity."),
        N_("Power Spherical cones of rising concentration"),
        only=("table", "5.1"),
    ),
    own_figure(
        "separations",
        "spheres:separation_spheres",
        N_(
            "Figure 5.2: images and texts about centres θ apart (κ = 200); the bar joins their"
            " means, its length is the gap."
        ),
        N_("Images and texts about centres θ apart"),
        only=("table", "5.2"),
    ),
    own_figure(
        "dimensions",
        "dimensions:high_dimension",
        N_(
            "Annex E: the ball's volume against its cube's, the share of it near the surface, and"
            " the cosines of random directions."
        ),
        N_("Volumes, shells and angles as the dimension grows"),
        vector=True,
    ),
    own_figure(
        "cone",
        "random_cone_maps:cone_map",
        N_(
            "Figure 3.3: the same items under every random initialisation, one colour a seed, on"
            " their first two principal components."
        ),
        N_("Map of random networks"),
        ("vectors", "kind"),
    ),
    own_figure(
        "cone_cosines",
        "random_cone_maps:cone_histogram",
        N_("Figure 3.1: cosines between items under one random initialisation, all seeds together."),
        N_("Cosines within the cones of random networks"),
        ("vectors", "kind"),
        vector=True,
    ),
    own_figure(
        "depth",
        "random_cone_maps:depths",
        N_("Mean cosine of random inputs after 0, 1, 2 … random layers, by activation."),
        N_("Mean cosine after each random layer"),
        ("relu", "sigmoid", "tanh", "linear"),
        vector=True,
    ),
)
