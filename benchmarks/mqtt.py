"""MQTT through a real Mosquitto, QoS 1 on both sides: a sentence a message, and many a message.

Each message is acknowledged to the broker when its lines are in the journal. Publisher, broker and
watch share the same two cores.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.broker import MOSQUITTO, mosquitto
from benchmarks.feed import feed
from benchmarks.publisher import TOPIC
from benchmarks.row import REQUIRED, Row
from benchmarks.sending import Sender
from benchmarks.watching import Watching

BENCH = "mqtt"
TOGETHER = 200

_BEGIN_S, _BEGIN_RATE = 12.0, 20_000.0
_FOR_S, _FULL_S = 4.0, 60.0

# Lines a message, what is required a second, and rates that are tried one after the other. A little
# more than is required is sent, so that the figure does not hang on the clock's last tick.
_CASES = (
    (1, "messages/s", 4_000.0, (4_050, 6_000, 8_000, 10_000, 12_000)),
    (TOGETHER, "lines/s", 20_000.0, (20_200, 50_000, 75_000, 100_000)),
)


def run(full: bool) -> Iterator[Row]:
    """Rows of this bench; a minute a rate instead of seconds where `full`."""
    if MOSQUITTO is None:
        yield Row(BENCH, "no Mosquitto here (Debian package mosquitto)", "skipped", math.nan, "")
        return
    with tempfile.TemporaryDirectory(prefix="vigie-bench-") as name:
        folder = Path(name)
        text = folder / "feed.nmea"
        text.write_bytes(feed())
        with mosquitto(folder) as port, Watching(folder / "watch", _config(port)) as watch:
            sender = Sender(watch, "mqtt", port, text, TOGETHER)
            sender.send(_BEGIN_RATE, _BEGIN_S)
            for together, unit, required, rates in _CASES:
                sender.together = together
                seconds = _FULL_S if full else _FOR_S
                rate, sent = sender.highest(rates, seconds)
                cores = f"{sent.cores:.2g} cores" if sent else "not even the least tried"
                many = "a sentence" if together == 1 else f"{together} sentences"
                yield Row.against(
                    BENCH, f"QoS 1, {many} a message, the highest rate sustained, {seconds:.0f} s",
                    f"judged and committed, {cores}", rate, unit, peer=REQUIRED,
                    peer_value=required, must=1.0,
                )  # fmt: skip


def _config(port: int) -> str:
    return (
        f'[[source]]\nkind = "mqtt"\nname = "bench"\nhost = "127.0.0.1"\nport = {port}\n'
        f'topics = [{{pattern = "{TOPIC.decode()}"}}]\n'
    )
