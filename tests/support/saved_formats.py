"""The same vectors saved as other tools save them: tensors, columns of tables, folders of shards."""

import numpy as np
import pytest
import torch

TABLES = "pyarrow is not installed: pip install 'mmgap[tables]'"
LANCE = "pylance is not installed: pip install 'mmgap[lance]'"


def arrow():
    return pytest.importorskip("pyarrow", reason=TABLES)


def tensors(file, found):
    """``torch.save`` of what is given, arrays made tensors."""
    made = found if not isinstance(found, dict) else {k: as_tensor(v) for k, v in found.items()}
    torch.save(as_tensor(made), file)
    return str(file)


def as_tensor(value):
    return torch.from_numpy(value.copy()) if isinstance(value, np.ndarray) else value


def column(rows, kind="list", value=None):
    """A matrix, or a list of lists, as an Arrow column."""
    pa = arrow()
    value = value or pa.from_numpy_dtype(np.asarray(rows).dtype)
    listed = [None if row is None else list(row) for row in rows]
    if kind == "fixed":
        return pa.array(listed, pa.list_(value, max(len(row) for row in listed if row is not None)))
    return pa.array(listed, pa.list_(value) if kind == "list" else pa.large_list(value))


def parquet(file, columns, group=5):
    pa = arrow()
    from pyarrow import parquet as pq

    pq.write_table(pa.table(columns), file, row_group_size=group)
    return str(file)


def lance_set(folder, columns):
    pa = arrow()
    lance = pytest.importorskip("lance", reason=LANCE)
    lance.write_dataset(pa.table(columns), str(folder))
    return str(folder)


def shards(folder, name, rows, sizes, digits=1, suffix=".npy"):
    """``NAME/NAME_0.npy`` … with so many rows each."""
    (folder / name).mkdir(parents=True, exist_ok=True)
    for number, part in enumerate(np.split(rows, np.cumsum(sizes)[:-1])):
        file = folder / name / f"{name}_{number:0{digits}d}{suffix}"
        if suffix == ".npy":
            np.save(file, part)
        elif suffix == ".pt":
            tensors(file, part)
        else:
            parquet(file, {"embedding": column(part, "fixed"), "caption": ["a"] * len(part)})


def clip_retrieval(folder, images, texts, sizes, digits=1, metadata=True):
    """What ``clip-retrieval inference`` leaves: folders img_emb, text_emb and metadata."""
    shards(folder, "img_emb", images, sizes, digits)
    shards(folder, "text_emb", texts, sizes, digits)
    if metadata:
        (folder / "metadata").mkdir()
        for number, size in enumerate(sizes):
            words = {"image_path": ["p.jpg"] * size, "caption": ["words"] * size}
            parquet(folder / "metadata" / f"metadata_{number:0{digits}d}.parquet", words)
    return str(folder)
