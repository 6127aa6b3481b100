"""Alerts, as a partner may have them: whole situations it may see, without what is ours alone.

An alert goes only where every vessel in it may be seen, where it happened may be seen, and rule and
zone carry no label that the partner lacks. Who of us did what about it, our instruction and the
evidence stay here. An alert of an exercise never goes.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable

import numpy as np

from geofence.zone import Zone
from share.ground import Ground
from share.policies import Policies
from share.policy import Policy
from watch.alert import NEVER, Alert

_NUMBER = re.compile(r"(?<!\d)\d{7,9}(?!\d)")


def alert_ground(alert: Alert, policy: Policy, among: Policies, now: int) -> Ground:
    """Whether a partner may have an alert; `now` is the time at the desk, µs."""
    gate = policy.gate(now)
    if gate:
        return gate
    if alert.exercise:
        return Ground.EXERCISE
    grant, held = policy.config.alerts, policy.config.labels
    for value, given in ((alert.kind, grant.kinds), (alert.priority, grant.priorities)):
        if value not in given and "all" not in given:
            return Ground.TYPE
    labels = among.labels
    if not labels.holds_rule(alert.rule, held):
        return Ground.LABEL
    if alert.zone is not None and not labels.holds_zone(alert.zone, held):
        return Ground.LABEL
    place = among.areas.lookup(
        np.array([alert.lon]), np.array([alert.lat]), np.array([alert.time], "datetime64[us]")
    )
    found = policy.area_ground(int(place[0]))
    subjects = np.unique(np.array((alert.mmsi, *alert.subjects), np.uint32))
    subjects = subjects[subjects > 0]
    for slot, mmsi in zip(among.vessels.slots.find(subjects).tolist(), subjects, strict=True):
        if not policy.may_name(np.array([mmsi]))[0]:
            found = max(found, policy.vessel_ground(slot) or Ground.AREA)
        elif slot >= 0:
            found = max(found, policy.title(slot)[0])
        elif policy.config.lrit is not None:
            found = max(found, Ground.LRIT_UNDETERMINED)
    young = np.datetime64(now - round(policy.config.delay_s * 1_000_000), "us")
    if policy.config.delay_s and not max(alert.time, alert.updated) <= young:
        found = max(found, Ground.DELAYED)
    return found


def alert_for(
    alert: Alert, policy: Policy, among: Policies, now: int, zones: Iterable[Zone]
) -> Alert | None:
    """An alert as a partner gets it; None where it may not have it.

    Args:
        alert: as it stands here.
        policy: of the partner.
        among: all of them.
        now: the time at the desk, µs.
        zones: all zones in force, whose names a text may not tell where the partner may not know
            of them.

    """
    if alert_ground(alert, policy, among, now):
        return None
    zones = list(zones)
    shown = {zone.id for zone in zones if policy.zone(zone)}
    hidden = [word for zone in zones if zone.id not in shown for word in (zone.id, zone.name)]
    words = alert.evidence.get("words")

    def told(text: object) -> str:
        may = policy.config.alerts.text and isinstance(text, str)
        return str(text) if may and not _tells(str(text), policy, hidden) else ""

    evidence = {"words": told(words)} if told(words) else {}
    return dataclasses.replace(
        alert, title=told(alert.title), instruction="", events=(), evidence=evidence, line=-1,
        zone=alert.zone if alert.zone in shown else None, owner="", acknowledged_by="",
        acknowledged_until=NEVER, silenced_until=NEVER, escalated=0, disposition="", comments=0,
        changed_by="", changed=NEVER,
    )  # fmt: skip


def _tells(text: str, policy: Policy, hidden: Iterable[str]) -> bool:
    """Whether a text names a vessel or a zone that the partner may not know of."""
    numbers = np.array([int(number) for number in _NUMBER.findall(text)], np.uint32)
    if len(numbers) and not policy.may_name(numbers).all():
        return True
    low = text.casefold()
    return any(word and word.casefold() in low for word in hidden)
