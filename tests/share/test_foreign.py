"""Real recordings as partners get them: byte for byte, and read by a decoder that is not ours."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
from pyais.stream import IterMessages

from ingest.journaled import JournalReader
from ingest.sources.received import Received
from ingest.stamp import Stamper
from ingest.stations import Stations
from share.relay import Relay, Tagger

AT_ONCE = 500


@pytest.mark.parametrize(
    "name", ["mixed_types.nmea", "exactearth-tagblock-2012.txt", "ionian-2015.txt"]
)
def test_a_recording_goes_out_as_it_came(recordings: Path, name: str) -> None:
    with gzip.open(recordings / f"{name}.gz") as file:
        came = file.read(1_000_000)
    lines = [line + b"\r\n" for line in came.splitlines()]
    stamper, reader, relay, tag = Stamper("north"), JournalReader(Stations()), Relay(), Tagger()
    out, first, kept = [], 0, 0
    for start in range(0, len(lines), AT_ONCE):
        piece = Received("north", 0, 1_789_444_799_000_000, b"".join(lines[start:][:AT_ONCE]))
        data = stamper([piece]).data
        relay.take(first, data)
        first += data.count(b"\n")
        reader.feed(data)
        batch = reader.flush()
        rows = (batch.positions, batch.statics, batch.messages)
        stood = np.unique(np.concatenate([part.line for part in rows]))
        kept += len(stood)
        out += [tag(heard) for _, heard in relay.heard(stood, batch.end_line)]
    assert relay.lost == 0
    assert len(out) == kept > 90
    sent = b"".join(out).splitlines()
    for line in sent:
        assert line.rpartition(b"\\")[2] in came
    read = list(IterMessages(sent))
    assert len(read) == kept
    for message in read:
        message.decode()
        assert message.tag_block is not None
        message.tag_block.init()
        assert message.tag_block.source_station.startswith("north")
