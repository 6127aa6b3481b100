"""Words that CSV files write for numbers of AIS.

Spellings are compared without case and without anything but letters and digits. Numbers follow
ITU-R M.1371-5 (navigational status: table 47; ship types: table 53; position-fixing devices:
table 50); the Danish words are those of the authority's own files.
"""

from __future__ import annotations

import re

# Cells that say "nothing was sent".
ABSENT = (
    "", "Unknown", "UNKNOWN", "unknown", "Unknown value", "Undefined", "undefined", "Not defined",
    "not defined", "N/A", "NA", "NaN", "nan", "NULL", "Null", "null", "None", "none",
)  # fmt: skip

STATUS = {
    "underwayusingengine": 0, "atanchor": 1, "notundercommand": 2,
    "restrictedmaneuverability": 3, "restrictedmanoeuvrability": 3,
    "constrainedbyherdraught": 4, "constrainedbyherdraft": 4, "moored": 5, "aground": 6,
    "engagedinfishing": 7, "underwaysailing": 8,
    "reservedforfutureamendmenthsc": 9, "reservedforfutureamendmentwig": 10,
    "reservedforfutureuse11": 11, "reservedforfutureuse12": 12, "reservedforfutureuse13": 13,
    "powerdrivenvesseltowingastern": 11, "powerdrivenvesseltowingasternregionaluse": 11,
    "powerdrivenvesselpushingaheadortowingalongside": 12,
    "powerdrivenvesselpushingaheadortowingalongsideregionaluse": 12,
    "aissart": 14, "aissartactive": 14, "aissartisactive": 14, "aissartmoborepirb": 14,
    "aissartactivemobaisepirbais": 14,
}  # fmt: skip

# What carries the transponder → the type of its position report. An AIS-SART, a man-overboard
# device and an EPIRB-AIS report in type 1 (ITU-R M.1371-5, annex 9).
MOBILE = {
    "a": 1, "classa": 1, "b": 18, "classb": 18, "basestation": 4, "aton": 21, "atonreal": 21,
    "atonvirtual": 21, "aidtonavigation": 21, "sarairborne": 9, "saraircraft": 9,
    "searchandrescuetransponder": 1, "aissart": 1, "sart": 1, "manoverboarddevice": 1, "mob": 1,
    "epirb": 1, "epirbais": 1,
}  # fmt: skip

SHIP_TYPE = {
    "wig": 20, "fishing": 30, "towing": 31, "towinglongwide": 32, "dredging": 33, "diving": 34,
    "military": 35, "sailing": 36, "pleasure": 37, "hsc": 40, "pilot": 50, "sar": 51, "tug": 52,
    "porttender": 53, "antipollution": 54, "lawenforcement": 55, "spare1": 56, "spare2": 57,
    "medical": 58, "nonpartytoconflict": 59, "notpartytoconflict": 59, "passenger": 60,
    "cargo": 70, "tanker": 80, "other": 90,
}  # fmt: skip

# Added to the round numbers 20, 40, 60, 70, 80 and 90 of SHIP_TYPE.
CARGO = {
    "categoryx": 1, "categoryy": 2, "categoryz": 3, "categoryos": 4,
    "categorya": 1, "categoryb": 2, "categoryc": 3, "categoryd": 4, "noadditionalinformation": 9,
}  # fmt: skip

EPFD = {
    "gps": 1, "glonass": 2, "combinedgpsglonass": 3, "gpsglonass": 3, "loranc": 4, "chayka": 5,
    "integratednavigationsystem": 6, "surveyed": 7, "galileo": 8, "internalgnss": 15,
}  # fmt: skip


def number_of(cell: bytes, words: dict[str, int], greatest: int) -> int | None:
    """The number a cell stands for: a word of the table, or a whole number 0 … greatest."""
    text = cell.decode("latin-1")
    known = words.get(re.sub("[^a-z0-9]", "", text.lower()))
    if known is not None:
        return known
    whole = re.fullmatch(r"\s*(\d{1,4})(\.0*)?\s*", text, re.ASCII)
    if whole and int(whole[1]) <= greatest:
        return int(whole[1])
    return None
