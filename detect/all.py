"""The detectors there are, in the order in which they judge.

`detect.motion` comes first, where there is one: it tells the others who moves.
"""

from __future__ import annotations

from detect.detector import Detector

DETECTORS: tuple[type[Detector], ...] = ()
"""Detectors of one vessel."""
