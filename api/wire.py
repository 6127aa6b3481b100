"""Events and alerts as plain JSON values, the same in lists, streams and files."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import orjson

from api.stream import Stream
from detect.events import Event
from ingest.words import iso_time
from watch.alert import Alert

LEFT_OUT = ("line",)  # of use inside a run only


def as_json(item: Event | Alert) -> dict[str, Any]:
    """An event or alert as JSON values: times as RFC 3339, unknown places as None."""
    made = {
        field.name: getattr(item, field.name)
        for field in dataclasses.fields(item)
        if field.name not in LEFT_OUT
    }
    for name, value in made.items():
        if isinstance(value, np.datetime64):
            made[name] = iso_time(value) or None
        elif isinstance(value, float) and math.isnan(value):
            made[name] = None
        elif isinstance(value, tuple):
            made[name] = list(value)
    return made


def publish(stream: Stream, alerts: Iterable[Alert], *, kept: bool = True) -> int:
    """Hand alerts or their revisions to all who follow; see `Stream.publish`."""
    return stream.publish(
        (
            orjson.dumps(as_json(alert), option=orjson.OPT_SERIALIZE_NUMPY).decode()
            for alert in alerts
        ),
        kept=kept,
    )
