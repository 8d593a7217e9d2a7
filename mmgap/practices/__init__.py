"""The practices, before CLIP against CLIP: one encoder on one folder, cell by cell; the report compares them."""

from mmgap.practices.measuring import record_practice

__all__ = ["record_practice"]
