"""Navigational statuses that detectors ask about (ITU-R M.1371-5, table 45)."""

from __future__ import annotations

UNDER_WAY, ANCHORED, MOORED, AGROUND, FISHING, SAILING = 0, 1, 5, 6, 7, 8

LYING = (ANCHORED, MOORED, AGROUND)
"""A vessel that says it stays where it is."""
