"""The figures of encoders on the same images, each by itself and one against the other."""

from __future__ import annotations

from mmgap.core.messages import N_
from mmgap.report.figures.kinds import own_figure

_PAIRS = ("ids", "categories", "owner")

COMPARISON_FIGURES = (
    own_figure(
        "image_text",
        "comparison_heatmaps:image_text",
        N_(
            "Cosines of all images (rows) with all captions (columns), by category and file name; a"
            " pair lies on the diagonal, lines part the categories."
        ),
        N_("Cosine of each image (row) with each caption (column)"),
        ("image_text", *_PAIRS),
        alone=True,
        vector=True,
        interactive="explored_heatmaps:image_text",
        ids="ids",
    ),
    own_figure(
        "image_image",
        "comparison_heatmaps:image_image",
        N_("Cosines between all images, by category and file name; lines part the categories."),
        N_("Cosines between the images"),
        ("image_image", *_PAIRS),
        alone=True,
        vector=True,
        interactive="explored_heatmaps:image_image",
        ids="ids",
    ),
    own_figure(
        "text_text",
        "comparison_heatmaps:text_text",
        N_("Cosines between all captions, by category and the name of their image's file; lines part the categories."),
        N_("Cosines between the captions"),
        ("text_text", *_PAIRS),
        alone=True,
        vector=True,
        interactive="explored_heatmaps:text_text",
        ids="ids",
    ),
    own_figure(
        "map_pca",
        "plane_maps:map_pca",
        N_("Images and captions on their first two principal components, with file names; a line joins a pair."),
        N_("Map: two principal components"),
        ("map_pca", *_PAIRS),
        interactive="explored_maps:map_pca",
        ids="ids",
    ),
    own_figure(
        "map_tsne",
        "plane_maps:map_tsne",
        N_(
            "t-SNE map of images and captions, with file names; a line joins a pair. Near"
            " neighbours are kept, distances are not."
        ),
        N_("Map: t-SNE"),
        ("map_tsne", *_PAIRS),
        interactive="explored_maps:map_tsne",
        ids="ids",
    ),
    own_figure(
        "map_umap",
        "plane_maps:map_umap",
        N_(
            "UMAP map of images and captions, with file names; a line joins a pair. Near neighbours"
            " are kept, distances are not."
        ),
        N_("Map: UMAP"),
        ("map_umap", *_PAIRS),
        interactive="explored_maps:map_umap",
        ids="ids",
    ),
    own_figure(
        "map_thumbnails",
        "comparison_thumbnails:map_thumbnails",
        N_(
            "The images on their first two principal components, moved apart where they would cover"
            " each other. For the reader of this machine: not to be published."
        ),
        N_("Map of the images: two principal components"),
        ("map_pca", "thumbnails", "ids"),
        local=True,
    ),
    own_figure(
        "top1",
        "comparison_top1:top1",
        N_(
            "Images whose most similar caption is their own, of all and by category, under both encoders; the bars of"
            " all images have 95 % intervals."
        ),
        N_("Top-1: images that choose their own caption"),
        ("top1_image", *_PAIRS),
        several=True,
        vector=True,
    ),
    own_figure(
        "cosine_of_each",
        "comparison_dumbbells:cosine_of_each",
        N_("Cosine of each image with its own captions under encoder A (ring) and under encoder B (square)."),
        N_("Cosine of each image with its captions under both encoders"),
        ("diagonal", *_PAIRS),
        several=True,
        vector=True,
    ),
    own_figure(
        "image_text_of_both",
        "comparison_heatmaps:image_text_of_both",
        N_(
            "Cosines of all images (rows) with all captions (columns) under encoder A, above, and B, below, on one"
            " scale; lines part the categories."
        ),
        N_("Cosine of each image (row) with each caption (column) under both encoders"),
        ("image_text", *_PAIRS),
        several=True,
        vector=True,
        interactive="explored_heatmaps:image_text_of_both",
        ids="ids",
    ),
    own_figure(
        "image_image_of_both",
        "comparison_heatmaps:image_image_of_both",
        N_(
            "Cosines between all images under encoder A, above, and B, below, on one scale; an image with itself is"
            " left out, lines part the categories."
        ),
        N_("Cosines between the images under both encoders"),
        ("image_image", *_PAIRS),
        several=True,
        vector=True,
        interactive="explored_heatmaps:image_image_of_both",
        ids="ids",
    ),
    own_figure(
        "text_text_of_both",
        "comparison_heatmaps:text_text_of_both",
        N_(
            "Cosines between all captions under encoder A, above, and B, below, on one scale; a caption with itself is"
            " left out, lines part the categories."
        ),
        N_("Cosines between the captions under both encoders"),
        ("text_text", *_PAIRS),
        several=True,
        vector=True,
        interactive="explored_heatmaps:text_text_of_both",
        ids="ids",
    ),
    own_figure(
        "by_category",
        "comparison_bars:by_category",
        N_("Mean cosine of the pairs of each category under both encoders; bars are ± 1 sd."),
        N_("Mean cosine of the pairs, by category"),
        ("diagonal", *_PAIRS),
        several=True,
        vector=True,
    ),
    own_figure(
        "by_image",
        "comparison_bars:by_image",
        N_("How much nearer each image's captions are under B than under A (cosines), sorted."),
        N_("Improvement of each image"),
        ("diagonal", *_PAIRS),
        several=True,
        vector=True,
    ),
)
