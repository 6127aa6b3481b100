"""Grounds: why a partner gets a row, or does not.

A row is judged by all conditions at once, each of which answers with a number a row; the greatest
counts. So the order below is the order in which a denial is explained: who a partner is stands
before what the message is, that before the vessel, that before the place, that before the time.
"""

from __future__ import annotations

from enum import IntEnum


class Ground(IntEnum):
    """The answer to "may it have this?"; 0 is the only one that lets a row through."""

    ALLOWED = 0
    THINNED = 1
    DELAYED = 2
    LRIT_DENIED = 3
    LRIT_UNDETERMINED = 4
    AREA = 5
    EXCLUDED_AREA = 6
    NO_PLACE = 7
    CLASS = 8
    NOT_MERCHANT = 9
    LISTED = 10
    UNKNOWN = 11
    NAMES_ANOTHER = 12
    LABEL = 13
    FIELDS = 14
    TYPE = 15
    EXERCISE = 16
    NOT_CONTRIBUTING = 17
    EXPIRED = 18
    NOT_ENABLED = 19


WORDS: dict[Ground, str] = {
    Ground.ALLOWED: "every condition allows it",
    Ground.THINNED: "a report of this vessel has gone out within the thinning interval",
    Ground.DELAYED: "it is younger than the partner's delay",
    Ground.LRIT_DENIED: "the rules of LRIT give no title to it",
    Ground.LRIT_UNDETERMINED: "the geometry that the rules of LRIT ask for is not loaded",
    Ground.AREA: "it is in none of the partner's areas",
    Ground.EXCLUDED_AREA: "it is in an area that is kept from the partner",
    Ground.NO_PLACE: "no place is known, and the partner's areas are bounded",
    Ground.CLASS: "the vessel is of none of the partner's classes and on none of its lists",
    Ground.NOT_MERCHANT: "the vessel has not shown that it is a merchant ship",
    Ground.LISTED: "the vessel is on a list that is kept from the partner",
    Ground.UNKNOWN: "the vessel has not said yet what a list would know it by",
    Ground.NAMES_ANOTHER: "it names a vessel that the partner may not see",
    Ground.LABEL: "it carries a label that the partner does not hold",
    Ground.FIELDS: "a sentence goes out whole, and it has fields that are not granted",
    Ground.TYPE: "the message type is not granted",
    Ground.EXERCISE: "it belongs to an exercise",
    Ground.NOT_CONTRIBUTING: "nothing valid was received from the partner of late",
    Ground.EXPIRED: "the partner's access has ended",
    Ground.NOT_ENABLED: "the partner is not enabled",
}
"""Each ground for people, as it stands behind "allowed: " or "denied: "."""
