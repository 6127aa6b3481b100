"""What leaves the antenna, and who hears it: silence, false positions, names, dead stations."""

import json
import re
from collections import defaultdict

import numpy as np
import pyais
import pytest

from simulate.motion import State
from simulate.overlay import Effect, Overlay, Overlays
from simulate.radio import Conditions, receive
from simulate.run import simulate
from simulate.station import Station

LANES = """
[[lane]]
id = "east"
points = [[1.0, 54.6, 2000], [3.4, 54.6, 2000]]
"""

SEA = """
name = "small"
title = "A small sea"
seed = 3
start = 2026-03-01T12:00:00Z
hours = 2.5
lanes = "lanes.toml"
encounters = true

[defects]
broken = 0
noise = 0
foreign = 0
no_position = 0
wrong_status = 0

[[station]]
id = "NORTH"
at = [2.2, 54.9]
range_nm = 120
probability = 0.9

[[station]]
id = "SAT"
at = [2.2, 54.9]
range_nm = 1500
satellite = true
pass_every_min = 50
pass_min = 10
downlink_min = 30

[[traffic]]
id = "through"
route = ["east"]
vessels = 6
mix = { container = 1, tanker = 1 }

[[place]]
id = "roads"
kind = "anchorage"
at = [2.0, 54.2]
vessels = 8
mix = { bulk = 1 }

[[incident]]
kind = "gap"
id = "dark"
area = [[1.6, 54.9], [3.0, 55.4]]
minutes = [30, 31]

[[incident]]
kind = "gap"
id = "unheard"
satellite = true
area = [[1.6, 54.9], [3.0, 55.4]]
minutes = [60, 61]

[[incident]]
kind = "identity_twice"
id = "twins"
area = [[1.0, 54.3], [3.4, 55.5]]
minutes = [40, 41]

[[incident]]
kind = "identity_change"
id = "renamed"
area = [[1.0, 54.3], [3.4, 55.5]]
change = ["name"]
minutes = [30, 31]

[[incident]]
kind = "status_mismatch"
id = "forgot"
area = [[1.0, 54.3], [3.4, 55.5]]
minutes = [40, 41]

[[incident]]
kind = "displaced"
id = "spoofed"
at = [2.0, 54.2]
radius_m = 5000
to = [2.9, 53.9]
circle_m = 0
minutes = [20, 20]
window_min = [60, 60]

[[incident]]
kind = "jammed"
id = "jammed"
at = [2.0, 54.2]
radius_m = 5000
minutes = [15, 15]
window_min = [95, 95]

[[incident]]
kind = "outage"
id = "dead"
station = "NORTH"
minutes = [10, 10]
window_min = [125, 125]
"""

EPOCH = 1_772_366_400


class Heard:
    """One recording: its messages by MMSI as (time, station, message), and its labels by id."""

    def __init__(self, folder):
        (folder / "lanes.toml").write_text(LANES)
        (folder / "sea.toml").write_text(SEA)
        out, truth = folder / "out.nmea", folder / "truth.jsonl"
        simulate(folder / "sea.toml", None, out, truth)
        self.labels = {d["id"]: d for d in map(json.loads, truth.read_text().splitlines())}
        self.by = defaultdict(list)
        self.lines = []  # time and station of every line, in the order of the file
        parts = defaultdict(list)
        for line in out.read_bytes().splitlines()[1:]:
            found = re.match(rb"\\(?:g:[^,]*,)?s:(\w+),c:(\d+)\*..\\(!.*)", line)
            station, time, sentence = found[1], int(found[2]) - EPOCH, found[3]
            self.lines.append((time, station))
            _, count, _, number = sentence.split(b",")[:4]
            parts[station, number].append(sentence)
            if len(parts[station, number]) == int(count):
                message = pyais.decode(*parts.pop((station, number)))
                self.by[message.mmsi].append((time, station, message))

    def label(self, name):
        """A label's vessels, and when it begins and ends in seconds from the start."""
        label = self.labels[name]
        times = (np.datetime64(label[k][:-1], "ms").astype(int) / 1000 for k in ("start", "end"))
        return label["mmsi"], *(t - EPOCH for t in times)

    def fixes(self, mmsi, start, end):
        """Positions sent by one MMSI in a stretch of time."""
        return [
            (t, s, m) for t, s, m in self.by[mmsi] if start <= t < end and hasattr(m, "lon")
        ]  # fmt: skip


@pytest.fixture(scope="module")
def heard(tmp_path_factory):
    return Heard(tmp_path_factory.mktemp("sea"))


def test_in_a_gap_nothing_is_sent_and_before_and_after_it_is(heard):
    (mmsi,), start, end = heard.label("dark-gap_start")
    assert len(heard.fixes(mmsi, start - 600, start)) > 30
    assert not [t for t, _, _ in heard.by[mmsi] if start + 1 < t < end]
    assert len(heard.fixes(mmsi, end, end + 600)) > 30


def test_what_shore_does_not_hear_a_satellite_delivers_late(heard):
    (mmsi,), start, end = heard.label("unheard-late_data")
    stations = {s for t, s, _ in heard.by[mmsi] if start + 1 < t < end}
    assert stations == {b"SAT"}
    kinds = {m.msg_type for t, s, m in heard.by[mmsi] if s == b"SAT"}
    assert 27 in kinds


def test_a_satellite_hears_in_passes_and_delivers_each_in_a_burst(heard):
    order = [(t, s) for t, s in heard.lines]
    sent = [t for t, s in order if s == b"SAT"]
    assert len(sent) > 20
    assert all(t % 3000 < 601 for t in sent)
    seen = 0
    for number, (time, station) in enumerate(order):
        if station == b"SAT":
            before = max(
                (t for t, s in order[max(number - 40, 0) : number] if s != b"SAT"), default=0
            )
            seen += before - time > 1700
    assert seen > 10


def test_two_share_one_mmsi_and_one_name_at_two_places(heard):
    (mmsi,), start, end = heard.label("twins-identity_twice")
    lat = np.array([m.lat for t, _, m in heard.fixes(mmsi, start + 60, end) if m.msg_type != 27])
    lon = np.array([m.lon for t, _, m in heard.fixes(mmsi, start + 60, end) if m.msg_type != 27])
    far = np.hypot(np.diff(lon) * 64, np.diff(lat) * 111) > 15
    assert far.sum() > 40, "it goes to and fro between them"
    names = {m.shipname for t, _, m in heard.by[mmsi] if m.msg_type == 5}
    assert len(names) == 1


def test_a_name_changes_at_its_time_and_nothing_else_does(heard):
    (mmsi,), start, _ = heard.label("renamed-identity_change")
    said = [(t, m) for t, _, m in heard.by[mmsi] if m.msg_type == 5]
    before = {(m.shipname, m.callsign, m.imo) for t, m in said if t < start - 1}
    after = {(m.shipname, m.callsign, m.imo) for t, m in said if t > start + 1}
    assert len(before) == len(after) == 1
    (one,), (two,) = before, after
    assert one[0] != two[0]
    assert one[1:] == two[1:]


def test_a_wrong_status_is_shown_while_it_lasts(heard):
    (mmsi,), start, end = heard.label("forgot-status_mismatch")
    shown = {int(m.status) for t, _, m in heard.fixes(mmsi, start + 1, end) if m.msg_type < 4}
    other = {int(m.status) for t, _, m in heard.fixes(mmsi, 0, start - 1) if m.msg_type < 4}
    assert shown <= {1, 5}
    assert len(shown) == 1
    assert other == {0}


def test_spoofed_ships_say_one_place_and_are_back_afterwards(heard):
    vessels, start, end = heard.label("spoofed-displaced")
    assert len(vessels) >= 8
    for mmsi in vessels:
        for t, _, m in heard.fixes(mmsi, start + 95, end - 95):
            assert abs(m.lon - 2.9) < 0.005, t
            assert abs(m.lat - 53.9) < 0.005
        for _, _, m in heard.fixes(mmsi, end + 1, end + 600):
            assert abs(m.lon - 2.0) < 0.1


def test_jammed_ships_go_on_sending_without_a_position(heard):
    vessels, start, end = heard.label("jammed-jammed")
    sent = [m for v in vessels for _, _, m in heard.fixes(v, start + 61, end - 61)]
    assert len(sent) > 20
    for m in sent:
        assert (m.lon, m.lat) == (181, 91)
        assert m.speed in (102.3, 63)
        assert m.course in (360, 511)


def test_a_dead_station_hears_nothing_and_the_others_as_ever(heard):
    _, start, end = heard.label("dead-reception_lost")
    assert not [t for t, s in heard.lines if s == b"NORTH" and start < t < end - 1]
    assert [t for t, s in heard.lines if s == b"NORTH" and end < t < end + 60]
    silent = heard.labels["dead-outage"]
    assert silent["expect"]["silent"] == ["gap_start", "gap_end"]
    assert len(silent["mmsi"]) > 10


def test_who_vanishes_and_who_passes_closely_may_be_told(heard):
    kinds = {label["kind"] for label in heard.labels.values()}
    assert "vanished" in kinds
    for label in heard.labels.values():
        if label["kind"] in ("vanished", "encounter"):
            assert "event" not in label["expect"]
            assert label["expect"]["also"]


def test_the_busier_the_slots_the_more_is_lost():
    station = Station("S", (0.0, 0.0), 60.0, probability=1.0)
    shares = []
    for rate in (5, 40, 75):
        count = rate * 60
        time = np.arange(count) / rate
        near = np.full(count, 0.01)
        copies = receive(
            (station,), time, np.arange(count), np.zeros(count, np.uint8), near, near,
            np.zeros(count, bool), np.random.default_rng(1), Conditions(slot_loss=0.5),
        )  # fmt: skip
        shares.append(len(copies.row) / count)
    assert shares[0] > 0.93
    assert shares[1] == pytest.approx(1 - 0.5 * 40 / 75, abs=0.05)
    assert shares[2] == pytest.approx(0.5, abs=0.05)


def test_an_overlay_touches_its_vessel_in_its_time_only():
    time, vessel = np.array([0.0, 10.0, 20.0, 20.0]), np.array([1, 1, 1, 2])
    zero = np.zeros(4)
    state = State(zero, zero, zero, zero, zero, zero, zero, zero, zero.astype(np.uint8))
    overlays = Overlays(
        [
            Overlay(1, 5.0, 20.0, Effect.SHIFTED, (1.0, 2.0)),
            Overlay(1, 20.0, 30.0, Effect.AS, (3.0,)),
            Overlay(2, 0.0, 30.0, Effect.SILENT),
        ],
        4,
    )
    who, said = overlays.said(time, vessel, state)
    assert said.lon.tolist() == [0, 1, 0, 0]
    assert said.lat.tolist() == [0, 2, 0, 0]
    assert who.tolist() == [1, 1, 3, 2]
    assert overlays.silent(time, vessel).tolist() == [False, False, False, True]
    assert state.lon.tolist() == [0, 0, 0, 0], "the truth is left alone"
