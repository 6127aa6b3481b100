from __future__ import annotations

import shapely

from geofence.ports import Port, port_zones


def test_a_port_becomes_a_zone_that_can_be_left_but_not_passed() -> None:
    ports = [
        Port("port-nlrtm", "NLRTM", "Rotterdam", "NL", 4.5, 51.9167, 5000.0),
        Port("port-fjsvu", "FJSVU", "Savusavu", "FJ", 179.99, -16.77, 3000.0, {"size": "S"}),
    ]
    rotterdam, savusavu = port_zones(ports, authority="A", source="S", geometry_basis="G")
    assert (rotterdam.id, rotterdam.name, rotterdam.kind) == ("port-nlrtm", "Rotterdam", "port")
    assert (rotterdam.authority, rotterdam.source, rotterdam.geometry_basis) == ("A", "S", "G")
    assert rotterdam.radius_m == 5000
    assert rotterdam.exit_buffer_m == 1000
    assert not rotterdam.crossing
    assert rotterdam.risk == "none"
    assert rotterdam.geometry.contains(shapely.Point(4.5, 51.9167))
    assert rotterdam.extra == {"locode": "NLRTM", "country": "NL"}
    assert savusavu.extra["size"] == "S"
    assert savusavu.geometry.geom_type == "MultiPolygon"


def test_no_ports_are_no_zones() -> None:
    assert port_zones([], authority="A", source="S", geometry_basis="G") == []
