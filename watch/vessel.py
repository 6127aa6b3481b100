"""A vessel as known at one moment: its MMSI, and what it last said of itself."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from detect.identity import DEVICES, FORMS, form_and_flag
from ingest.records import Statics
from ingest.shiptypes import type_name
from ingest.words import safe_text

CLASSES = ("", "A", "B")
"""Classes of AIS unit; index 0 is "not known"."""

CLASS_OF_TYPE = {1: 1, 2: 1, 3: 1, 5: 1, 18: 2, 19: 2}
"""Class (index into CLASSES) shown by a message type. Type 24 only suggests B: some A send it."""

_UNITS = {"aid": "aid", "coast": "coast station", "sar_aircraft": "SAR aircraft", "group": "group"}


@dataclass(frozen=True)
class Vessel:
    """One vessel.

    Attributes:
        mmsi: as sent.
        name, callsign: as sent, not made safe; b"" if not known.
        imo, ship_type: as sent; 0 if not known.
        length, beam: metres; 0 if not known.
        unit: class of its AIS unit, index into CLASSES.

    """

    mmsi: int
    name: bytes = b""
    callsign: bytes = b""
    imo: int = 0
    ship_type: int = 0
    length: int = 0
    beam: int = 0
    unit: int = 0

    @property
    def form(self) -> str:
        """Form of the MMSI, one of `detect.identity.FORMS`."""
        return FORMS[self._form_and_flag[0]]

    @property
    def flag(self) -> str:
        """State that issued the MMSI, ISO 3166-1 alpha-2; "" where none did."""
        return self._form_and_flag[1]

    @cached_property
    def _form_and_flag(self) -> tuple[int, str]:
        return form_and_flag(self.mmsi)

    @property
    def label(self) -> str:
        """For the queue: `EXAMPLE (636012345)`, or what the number says when there is no name."""
        if self.name:
            return f"{safe_text(self.name)} ({self.mmsi})"
        unit = DEVICES.get(self._form_and_flag[0]) or _UNITS.get(self.form, "vessel")
        return f"{unit} {self.mmsi}"

    def with_statics(self, statics: Statics, row: int) -> Vessel:
        """The vessel after one more static report; what the report does not say is kept."""
        said: dict[str, Any] = {
            "name": bytes(statics.name[row])[:20].rstrip(b"\0"),
            "callsign": bytes(statics.callsign[row]),
            "imo": int(statics.imo[row]),
            "ship_type": int(statics.ship_type[row]),
            "length": int(statics.to_bow[row]) + int(statics.to_stern[row]),
            "beam": int(statics.to_port[row]) + int(statics.to_starboard[row]),
        }
        msg_type = int(statics.msg_type[row])
        said["unit"] = CLASS_OF_TYPE.get(msg_type, 2 if msg_type == 24 and not self.unit else 0)
        return dataclasses.replace(self, **{key: value for key, value in said.items() if value})

    def as_evidence(self) -> dict[str, Any]:
        """What is known, as plain values safe to show."""
        known = {
            "mmsi": self.mmsi,
            "form": self.form,
            "flag": self.flag,
            "name": safe_text(self.name),
            "callsign": safe_text(self.callsign),
            "imo": self.imo,
            "ship_type": self.ship_type,
            "type": type_name(self.ship_type),
            "length_m": self.length,
            "beam_m": self.beam,
            "class": CLASSES[self.unit],
        }
        return {key: value for key, value in known.items() if value or key == "mmsi"}
