"""Clocks that are wrong: a source's, or ours."""

from __future__ import annotations

from ingest.ahead import AHEAD_OF_RECEIPT_US

# A source so far behind is shown as a fault; a satellite's may be, and is to be known by its name.
LATE_S = 1800
EARLY_S = AHEAD_OF_RECEIPT_US / 1e6


def wrong_clock(name: str, lag_s: float | None) -> str:
    """What is wrong with a source's clock, or with ours; "" where nothing is.

    Args:
        name: of the source.
        lag_s: receive time less event time, s; None where it is not known.
    """
    if lag_s is None or -EARLY_S <= lag_s <= LATE_S:
        return ""
    if lag_s > 0:
        return f"Source {name} is {lag_s / 60:,.0f} min behind, by its clock or ours"
    return (
        f"Source {name} is {-lag_s / 60:,.0f} min ahead, by its clock or ours:"
        " what it says is not believed"
    )
