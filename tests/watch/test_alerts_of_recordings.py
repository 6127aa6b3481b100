"""What the shipped zones and rules make of real recordings: no nonsense in the queue."""

import json
from collections import Counter

import numpy as np
import pytest

from detect.engine import Engine
from geofence import library
from geofence.fence import Fence
from geofence.zone import KINDS
from ingest.files import recordings as open_recordings
from ingest.reading import Reading
from ingest.stations import Stations
from watch.alert import PRIORITIES, STATES
from watch.desk import Watch
from watch.rules import load_rules

# Two bulk carriers at Callao, one ship in the transit corridor, one beacon. The satellite's noise
# holds nine "safety texts" under numbers nobody was issued: none of them is an alert.
EXPECTED = {
    "amsa-mixed-2012.txt.gz": {"piracy-area-inside": 2},
    "exactearth-satellite-2012-01-31.txt.gz": {},
    "gatehouse-2010-06-11.txt.gz": {"piracy-area-inside": 1},
    "mixed_types.nmea.gz": {"distress": 1},
    "ionian-2015.txt.gz": {},
    "uscg-sar-2007.txt.gz": {},
    "noaa-nyharbor-2020-06-30-first-hour.csv.gz": {"rendezvous": 1},
}


@pytest.fixture(scope="module")
def zones():
    return library.load([kind for kind in KINDS if kind != "port"])


@pytest.fixture(scope="module")
def fence(zones):
    return Fence(zones)


@pytest.mark.parametrize("name", EXPECTED)
def test_alerts(recordings, fence, zones, name):
    (recording,) = open_recordings(recordings / name)
    reading = Reading(recording, Stations(), start=np.datetime64("2012-01-01", "us"))
    engine, watch, raised = Engine(fence), Watch(load_rules(), zones), Counter()
    for batch in reading.batches():
        events = engine.step(batch.positions, batch.statics, batch.messages)
        for alert in watch.step(events, batch.statics):
            raised[alert.rule] += alert.revision == 0
            json.dumps(alert.evidence, allow_nan=False)
            assert alert.evidence["words"]
            assert alert.title.isprintable()
            assert alert.priority in PRIORITIES
            assert alert.state in STATES
    assert {rule: count for rule, count in raised.items() if count} == EXPECTED[name]
