"""Small folders of pictures and captions files, as other programs leave them."""

import json

from mmgap import datasets

TEXTS = {"a.ppm": "a dog, black", "b.ppm": "un niño", "c.ppm": "a bird; blue"}


def picture(path, k=0):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"P6 2 1 255\n" + bytes([k % 256] * 6))


def pictures(root, names=tuple(TEXTS)):
    for k, name in enumerate(names):
        picture(root / name, k)
    return root


def write(root, files):
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not isinstance(content, bytes | str):
            content = json.dumps(content, ensure_ascii=False)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def load(root, **options):
    return datasets.load(f"folder:{root}", **options)


def read(root, **options):
    """{id: captions} of what is read."""
    data = load(root, **options)
    found = {i: [] for i in data.image_ids}
    for text, owner in zip(data.captions, data.owner, strict=True):
        found[data.image_ids[owner]].append(text)
    return found


def reasons(root, **options):
    return dict(load(root, **options).skipped)


def notes(root, **options):
    return " ".join(load(root, **options).notes)
