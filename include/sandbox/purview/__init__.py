"""A Purview on loopback: the Data Map's API, strict as Purview is, in front of a real Apache Atlas."""

from .face import PurviewFace, purview_face

__all__ = ["PurviewFace", "purview_face"]
