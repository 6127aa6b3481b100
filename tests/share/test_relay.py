"""Relaying: sentences byte for byte, messages whole, each once; only the TAG block is ours."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sentences import checksum

from ingest.journaled import JournalReader
from ingest.sources.received import Received
from ingest.stamp import Stamper
from ingest.stations import Stations
from share.relay import Relay, Tagger, text_line

ONE = b"!AIVDM,1,1,,A,13u?etPv2;0n:dDPwUM1U1Cb069D,0*24"
FIVE = (
    b"!AIVDM,2,1,1,A,55?MbV02;H;s<HtKR20EHE:0@T4@Dn2222222216L961O5Gf0NSQEp6ClRp8,0*1C",
    b"!AIVDM,2,2,1,A,88888888880,2*25",
)  # fmt: skip
T0 = 1_789_444_799_000_000


def part(number: int, of: int, sequence: int, payload: str) -> bytes:
    body = f"AIVDM,{of},{number},{sequence},A,{payload},0"
    return f"!{body}*{checksum(body)}".encode()


def journaled(*lines: bytes, source: str = "north") -> bytes:
    data = b"".join(line + b"\r\n" for line in lines)
    return Stamper(source)([Received(source, 0, T0, data)]).data


def relayed(entries: list[bytes], tag: Tagger | None = None) -> tuple[bytes, Relay]:
    """What is relayed of the messages that the reader of the journal keeps."""
    relay, reader = Relay(), JournalReader(Stations())
    tag, first, out = tag or Tagger(), 0, b""
    for data in entries:
        relay.take(first, data)
        first += data.count(b"\n")
        reader.feed(data)
        batch = reader.flush()
        rows = (batch.positions, batch.statics, batch.messages)
        lines = np.unique(np.concatenate([part.line for part in rows]))
        for _, heard in relay.heard(lines, batch.end_line):
            out += tag(heard)
    return out, relay


def test_only_the_tag_block_is_ours() -> None:
    out, relay = relayed([journaled(ONE + b",1789444799", ONE)])
    tag = "s:north,c:1789444799"
    assert out == f"\\{tag}*{checksum(tag)}\\".encode() + ONE + b"\r\n"
    assert relay.lost == 0


def test_what_k_stations_heard_goes_once() -> None:
    out, _ = relayed([journaled(ONE), journaled(ONE, source="south")])
    assert out.count(ONE) == 1
    assert b"s:north" in out


@pytest.mark.parametrize("between", [b"", journaled(ONE), journaled(ONE, source="south")])
def test_parts_go_together_whatever_came_between(between: bytes) -> None:
    out, _ = relayed([journaled(FIVE[0]) + between, journaled(FIVE[1])])
    lines = out.splitlines()
    assert [line.rpartition(b"\\")[2] for line in lines[-2:]] == list(FIVE)
    assert [line.split(b",")[0] for line in lines[-2:]] == [b"\\g:1-2-1", b"\\g:2-2-1"]
    assert all(b"s:north,c:" in line for line in lines[-2:])


def test_a_station_is_not_told_of_where_that_is_not_granted() -> None:
    out, _ = relayed([journaled(ONE)], Tagger(b"centre"))
    assert b"s:centre," in out
    assert b"north" not in out


def test_milliseconds_are_kept() -> None:
    tagged = b"\\c:1789444799132*%s\\" % checksum("c:1789444799132").encode()
    assert b"c:1789444799132*" in relayed([journaled(tagged + ONE)])[0]


def test_what_it_says_of_itself_is_no_ais() -> None:
    line = text_line("older\r\n!messages, *left")
    assert line.startswith(b"$AITXT,01,01,25,older")
    assert line.count(b"\n") == 1
    assert b"!" not in line
    assert relayed([journaled(line.strip())])[0] == b""


parts = st.lists(
    st.tuples(st.integers(1, 3), st.integers(0, 1), st.booleans()), min_size=1, max_size=10
)


@settings(max_examples=120)
@given(
    sent=parts, order=st.randoms(use_true_random=False), mixed=st.booleans(), cut=st.integers(1, 5)
)
def test_a_message_goes_out_as_it_was_put_together_here(
    sent: list[tuple[int, int, bool]], order: random.Random, mixed: bool, cut: int
) -> None:
    wholes = [
        (north, [part(n, of, sequence, f"8000{index:02d}{n}" * 4) for n in range(1, of + 1)])
        for index, (of, sequence, north) in enumerate(sent)
    ]
    lines = [(north, line) for north, whole in wholes for line in whole]
    if mixed:
        order.shuffle(lines)
    stamped = [journaled(line, source="north" if north else "south") for north, line in lines]
    entries = [b"".join(stamped[i : i + cut]) for i in range(0, len(stamped), cut)]
    put_together: dict[int, bytes] = {}

    def tap(line: Any, payloads: list[bytes], _: Any) -> None:
        put_together.update(zip(line.tolist(), payloads, strict=True))

    relay, reader = Relay(), JournalReader(Stations(), tap=tap)
    first, went = 0, 0
    for data in entries:
        relay.take(first, data)
        first += data.count(b"\n")
        reader.feed(data)
        batch = reader.flush()
        for line, heard in relay.heard(batch.messages.line, batch.end_line):
            joined = b"".join(sentence.split(b",")[5] for sentence in heard.sentences)
            assert joined == put_together[line]
            assert set(heard.sentences) <= {line for _, line in lines}
            went += 1
    if not mixed:
        assert relay.lost == 0
        assert went == len(set(put_together.values()))
