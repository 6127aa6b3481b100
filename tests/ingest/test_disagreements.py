"""Where decoders disagree, row by row, and what Vigie does (docs/decoding.md)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from pyais.encode import encode_dict

from ingest.records import Flag

A = {"type": 1, "mmsi": 211234560, "lon": 11.5, "lat": 54.25, "speed": 12.3, "course": 45.6}


def payload_of(fields: dict[str, Any]) -> tuple[str, int]:
    """Payload and fill bits of a message in one piece, however long."""
    parts = [line.split(",") for line in encode_dict(fields)]
    return "".join(p[5] for p in parts), int(parts[-1][6][0])


def bits_to_payload(bits: str) -> tuple[str, int]:
    fill = -len(bits) % 6
    bits += "0" * fill
    values = [int(bits[i : i + 6], 2) for i in range(0, len(bits), 6)]
    return "".join(chr(v + 48 if v < 40 else v + 56) for v in values), fill


def payload_to_bits(payload: str) -> str:
    values = [ord(c) - 48 - 8 * (ord(c) > 95) for c in payload]
    return "".join(f"{v:06b}" for v in values)


def patched(fields: dict[str, Any], start: int, width: int, value: int) -> tuple[str, int]:
    """A message with one field set to a raw value."""
    payload, fill = payload_of(fields)
    bits = payload_to_bits(payload)
    bits = bits[: len(bits) - fill]
    return bits_to_payload(
        bits[:start] + f"{value % (1 << width):0{width}b}" + bits[start + width :]
    )


def test_a_payload_with_the_next_burst_behind_it_is_decoded_and_flagged(sentence, read_lines):
    payload, _ = payload_of(A)
    got = read_lines([sentence(payload + "402R3WiuH20")])
    assert got.positions.lon[0] == 11.5
    assert got.positions.flags[0] & Flag.OVERLONG
    assert not got.positions.flags[0] & Flag.TRUNCATED


def test_a_type_5_in_one_long_sentence_is_decoded(sentence, read_lines):
    payload, fill = payload_of({"type": 5, "mmsi": 211234560, "shipname": "ERIKA", "imo": 9074729})
    got = read_lines([sentence(payload, fill=fill)])
    assert got.statics.name[0] == b"ERIKA"
    assert got.statics.imo[0] == 9074729
    assert not got.statics.flags[0] & (Flag.OVERLONG | Flag.TRUNCATED)


def test_fields_past_the_end_of_a_cut_payload_are_absent(sentence, read_lines):
    payload, _ = payload_of({**A, "heading": 200, "second": 30})
    got = read_lines([sentence(payload[:20])])  # 120 bits: position, half of COG
    assert got.positions.lat[0] == pytest.approx(54.25)
    assert got.positions.sog[0] == np.float32(12.3)
    assert math.isnan(got.positions.cog[0])
    assert math.isnan(got.positions.heading[0])
    assert got.positions.second[0] == 60
    assert got.positions.flags[0] & Flag.TRUNCATED


def test_a_character_that_is_cut_through_is_none(sentence, read_lines):
    payload, _ = payload_of({"type": 5, "mmsi": 211234560, "destination": "ROTTERDAM"})
    for characters, destination in ((51, b""), (52, b"R"), (53, b"RO"), (57, b"ROTTER")):
        got = read_lines([sentence(payload[:characters])])
        assert got.statics.destination[0] == destination


@pytest.mark.parametrize("characters", [1, 6, 19])
def test_a_payload_cut_before_its_position_is_dropped(sentence, read_lines, characters):
    payload, _ = payload_of(A)
    got = read_lines([sentence(payload[:characters])])
    assert len(got.positions) == 0
    assert got.ledger.as_dict()["dropped"] == {"truncated": 1}
    assert got.ledger.balanced


@pytest.mark.parametrize("kind", [0, 38, 66, 77, 87, 88, 97, 100, 255])
def test_reserved_ship_types_are_kept(sentence, read_lines, kind):
    payload, fill = patched({"type": 5, "mmsi": 211234560}, 232, 8, kind)
    assert read_lines([sentence(payload, fill=fill)]).statics.ship_type[0] == kind


def test_text_ends_at_the_first_at_sign_and_keeps_its_own_signs(sentence, read_lines):
    payload, fill = payload_of({"type": 5, "mmsi": 1, "shipname": "O'NEIL_2"})
    bits = payload_to_bits(payload)
    # "O'NEIL_2", two blanks, "@", then rubbish that an old buffer left behind
    name = "".join(f"{ord(c) & 63:06b}" for c in "O'NEIL_2  @OLD NAME ")
    made, fill = bits_to_payload((bits[:112] + name + bits[232:])[:424])
    assert read_lines([sentence(made, fill=fill)]).statics.name[0] == b"O'NEIL_2"


def test_the_extension_of_an_aid_is_part_of_its_name(sentence, read_lines):
    fields = {
        "type": 21,
        "mmsi": 992111234,
        "name": "LANDSORT SODRA GRUND",
        "lon": 17.0,
        "lat": 58.0,
    }
    payload, fill = payload_of(fields)
    bits = payload_to_bits(payload)[:272] + "".join(f"{ord(c) & 63:06b}" for c in "ET LIGHT")
    made, fill = bits_to_payload(bits)
    got = read_lines([sentence(made, fill=fill)])
    assert got.statics.name[0] == b"LANDSORT SODRA GRUNDET LIGHT"
    assert not got.statics.flags[0] & Flag.OVERLONG


@pytest.mark.parametrize(
    ("raw", "rate", "bound"),
    [
        (0, 0.0, False),
        (127, 10.0, True),
        (-127, -10.0, True),
        (126, 708.7, False),
        (-20, -17.86, False),
    ],
)
def test_rate_of_turn(sentence, read_lines, raw, rate, bound):
    payload, fill = patched(A, 42, 8, raw)
    got = read_lines([sentence(payload, fill=fill)])
    assert got.positions.rot[0] == pytest.approx(rate, abs=0.03)
    assert bool(got.positions.flags[0] & Flag.ROT_BOUND) is bound


def test_no_turn_information_is_absent(sentence, read_lines):
    payload, fill = patched(A, 42, 8, -128)
    assert math.isnan(read_lines([sentence(payload, fill=fill)]).positions.rot[0])


@pytest.mark.parametrize(
    ("start", "width", "raw", "column"),
    [
        (61, 28, 181 * 600000, "lon"), (89, 27, 91 * 600000, "lat"), (50, 10, 1023, "sog"),
        (116, 12, 3600, "cog"), (128, 9, 511, "heading"),
    ],
)  # fmt: skip
def test_class_a_values_for_not_sent_are_absent(sentence, read_lines, start, width, raw, column):
    payload, fill = patched(A, start, width, raw)
    got = read_lines([sentence(payload, fill=fill)]).positions
    assert math.isnan(getattr(got, column)[0])
    assert not got.flags[0] & Flag.OUT_OF_RANGE


@pytest.mark.parametrize(
    ("start", "width", "raw", "column"),
    [
        (79, 6, 63, "sog"),
        (85, 9, 511, "cog"),
        (44, 18, 181 * 600, "lon"),
        (62, 17, 91 * 600, "lat"),
    ],
)
def test_long_range_values_for_not_sent_are_absent(sentence, read_lines, start, width, raw, column):
    payload, fill = patched(
        {"type": 27, "mmsi": 211234560, "lon": 10.0, "lat": 50.0}, start, width, raw
    )
    got = read_lines([sentence(payload, fill=fill)]).positions
    assert math.isnan(getattr(got, column)[0])


@pytest.mark.parametrize(
    ("kind", "start", "width", "raw", "column", "value"),
    [
        (1, 50, 10, 1022, "sog", 102.2), (9, 50, 10, 1022, "sog", 1022.0),
        (9, 38, 12, 4094, "altitude", 4094.0),
    ],
)  # fmt: skip
def test_the_greatest_value_means_or_more(
    sentence, read_lines, kind, start, width, raw, column, value
):
    payload, fill = patched({**A, "type": kind, "mmsi": 111232501}, start, width, raw)
    got = read_lines([sentence(payload, fill=fill)]).positions
    assert getattr(got, column)[0] == pytest.approx(value, rel=1e-6)
    assert got.flags[0] & Flag.AT_LEAST


@pytest.mark.parametrize(("start", "width", "raw"), [(50, 10, 1023), (38, 12, 4095)])
def test_aircraft_values_for_not_sent_are_absent(sentence, read_lines, start, width, raw):
    payload, fill = patched({**A, "type": 9, "mmsi": 111232501}, start, width, raw)
    got = read_lines([sentence(payload, fill=fill)]).positions
    assert math.isnan(got.sog[0] if start == 50 else got.altitude[0])


def test_part_b_of_a_craft_names_its_mother_ship(sentence, read_lines):
    fields = {"type": 24, "partno": 1, "mmsi": 982111234, "mothership_mmsi": 211234560}
    payload, fill = payload_of({**fields, "callsign": "DA1"})
    got = read_lines([sentence(payload, fill=fill)]).statics
    assert got.mothership[0] == 211234560
    assert got.to_bow[0] == got.to_stern[0] == got.to_port[0] == got.to_starboard[0] == 0


def test_type_11_is_no_clock(sentence, read_lines):
    when = {"year": 2031, "month": 5, "day": 5, "hour": 5, "minute": 5, "second": 5}
    clock = {**when, "year": 2026, "month": 9, "day": 14}
    lines = [
        sentence(payload_of({"type": 4, "mmsi": 2111234, **clock})[0]),
        sentence(payload_of({"type": 11, "mmsi": 211234560, **when})[0]),
        sentence(payload_of(A)[0]),
    ]
    got = read_lines(lines, start=None)
    assert set(got.positions.time) == {np.datetime64("2026-09-14T05:05:05")}
    assert got.basis == "base-stations"


def test_a_lone_part_of_a_type_24_is_kept(message, read_lines):
    got = read_lines(message({"type": 24, "partno": 0, "mmsi": 211234560, "shipname": "LUV"}))
    assert got.statics.part[0] == 0
    assert got.statics.name[0] == b"LUV"
    assert got.statics.callsign[0] == b""


def test_a_type_24_of_no_part_is_dropped(sentence, read_lines):
    payload, fill = patched({"type": 24, "partno": 1, "mmsi": 211234560}, 38, 2, 3)
    assert read_lines([sentence(payload, fill=fill)]).ledger.as_dict()["dropped"] == {
        "static_part": 1
    }


@pytest.mark.parametrize("kind", [0, 28, 63])
def test_what_is_no_message_type_is_dropped(sentence, read_lines, kind):
    payload, fill = patched(A, 0, 6, kind)
    got = read_lines([sentence(payload, fill=fill)])
    assert got.ledger.as_dict()["dropped"] == {"not_a_message_type": 1}
    assert got.ledger.balanced


def test_positions_are_exactly_as_sent(sentence, read_lines):
    raws = [-107999999, -1, 1, 7, 107999999]
    lines = []
    for raw in raws:
        payload, fill = patched(A, 61, 28, raw)
        lines.append(sentence(payload, fill=fill))
    got = read_lines(lines).positions
    assert np.rint(got.lon * 600000).astype(int).tolist() == raws
    assert (got.lon == np.array(raws) / 600000).all()


@pytest.mark.parametrize(("lon", "lat"), [(180 * 600000 + 1, 0), (0, -90 * 600000 - 1)])
def test_a_place_that_cannot_be_is_absent_and_flagged(sentence, read_lines, lon, lat):
    payload, _ = payload_of(A)
    bits = payload_to_bits(payload)
    made, fill = bits_to_payload(
        bits[:61] + f"{lon % (1 << 28):028b}" + f"{lat % (1 << 27):027b}" + bits[116:]
    )
    got = read_lines([sentence(made, fill=fill)]).positions
    assert math.isnan(got.lon[0])
    assert math.isnan(got.lat[0])
    assert got.flags[0] & Flag.OUT_OF_RANGE


@pytest.mark.parametrize("mmsi", [0, 123456789, 1000000000, 1073741823])
def test_a_doubtful_mmsi_is_kept_and_flagged(sentence, read_lines, mmsi):
    payload, fill = patched(A, 8, 30, mmsi)
    got = read_lines([sentence(payload, fill=fill)]).positions
    assert got.mmsi[0] == mmsi
    assert got.flags[0] & Flag.MMSI_DOUBTFUL


def test_two_ships_with_one_mmsi_are_both_kept(sentence, read_lines):
    there, here = payload_of(A)[0], payload_of({**A, "lon": -70.0, "lat": 40.0})[0]
    got = read_lines([sentence(there), sentence(here)]).positions
    assert got.lon.tolist() == [11.5, -70.0]
    assert not (got.flags & Flag.MMSI_DOUBTFUL).any()
