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
from store.items import BLANKS
from watch.alert import Alert
from watch.log import Entry

LEFT_OUT = ("line",)  # of use inside a run only


def as_json(item: Event | Alert | Entry) -> dict[str, Any]:
    """An event, alert or entry of its log as JSON: times as RFC 3339, what is unknown as None."""
    made = {
        field.name: getattr(item, field.name)
        for field in dataclasses.fields(item)
        if field.name not in LEFT_OUT
    }
    for name, value in made.items():
        if isinstance(value, np.datetime64):
            made[name] = iso_time(value) or None
        elif (value == "" and name in BLANKS) or (isinstance(value, float) and math.isnan(value)):
            made[name] = None
        elif isinstance(value, tuple):
            made[name] = list(value)
    return made


def publish(stream: Stream, alerts: Iterable[Alert], *, kept: bool = True) -> int:
    """Hand alerts or their revisions to all who follow; see `Stream.publish`."""
    return publish_json(stream, map(as_json, alerts), kept=kept)


def publish_json(stream: Stream, alerts: Iterable[dict[str, Any]], *, kept: bool = True) -> int:
    """Hand alerts that are JSON values already to all who follow; see `Stream.publish`."""
    texts = (orjson.dumps(alert, option=orjson.OPT_SERIALIZE_NUMPY).decode() for alert in alerts)
    return stream.publish(texts, kept=kept)
