"""A partner's `[partner.lrit]` table → its title to positions, with the geometry it names."""

from __future__ import annotations

from geofence.zoneset import ZoneSet
from share.areas import zones_of
from share.config import PartnerConfig, ShareConfig
from share.lrit import Entitlement, coast_of, shapes_of, waters_of


def title_of(partner: PartnerConfig, share: ShareConfig, zones: ZoneSet) -> Entitlement:
    """What a partner may have in the manner of LRIT.

    Raises:
        ConfigError: an area is not there, or one names no state.
        ZoneError: a file has a fault.
    """
    grant = partner.lrit
    assert grant is not None
    where = f"{share.where}, {partner.where}, lrit"

    def waters(name: str) -> object:
        path = getattr(grant, name)
        return None if path is None else waters_of(share.folder / path, f"{where}.{name}")

    areas = [z for name in grant.sar for z in zones_of(name, zones, share.folder, f"{where}.sar")]
    return Entitlement(
        grant.state, grant.flag, grant.port, grant.coastal, shapes_of(areas),
        None if grant.coast is None else coast_of(share.folder / grant.coast),
        waters("baselines"), waters("territorial"),  # type: ignore[arg-type]
    )  # fmt: skip
