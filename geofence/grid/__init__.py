"""The geofence index: positions in, one number per position out, the set of areas it lies in."""

from geofence.grid.index import Grid

__all__ = ["Grid"]
