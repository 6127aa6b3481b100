"""What kind of recording it is, from its first bytes, whatever it is called."""

import gzip
from pathlib import Path

import pytest

from ingest.errors import InputError
from ingest.sniff import sniff

SENTENCE = b"!AIVDM,1,1,,A,15MgK45P3@G?fl0E`JbR0OwT0@MS,0*4E"
DMA = b"# Timestamp,Type of mobile,MMSI,Latitude,Longitude,Navigational status"
NOAA = b"MMSI,BaseDateTime,LAT,LON,SOG,COG,Heading"


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (SENTENCE, "nmea"),
        (b"\xef\xbb\xbf" + SENTENCE, "nmea"),
        (b"# a comment\r\n\r\n" + SENTENCE, "nmea"),
        (b"\\g:1-2-1234,s:2573345,c:1565218798*5E\\!BSVDM,1,1,,A,1,0*00", "nmea"),
        (b"$PGHP,1,2010,6,11,11,46,11,874,276,0,,1,57*27\r\n", "nmea"),
        (b"2022-08-18 17:09:49.123," + SENTENCE, "nmea"),
        (b"[12:00:01] " + SENTENCE, "nmea"),
        (b"\\si:AISD*3F\\\r\n$ABVSI,1,2*00", "nmea"),
        (b"half a line of no meaning\n" + SENTENCE, "nmea"),
        (DMA, "csv-dma"),
        (b"# downloaded on Monday\n\n" + DMA + b"\n", "csv-dma"),
        (NOAA, "csv-noaa"),
        (b"\xef\xbb\xbf" + NOAA + b"\r\n", "csv-noaa"),
        (b"BaseDateTime,LON,LAT,MMSI,TranscieverClass,ETA", "csv-noaa"),
        (b"mmsi,base_date_time,longitude,latitude,vessel_name,call_sign", "csv-noaa"),
        (b"mmsi;lon;lat;date_time_utc;sog;cog;true_heading;nav_status", "csv"),
        (b'"MMSI"\t"Time"\t"Lat"\t"Lon"\n', "csv"),
    ],
)
def test_kinds(head: bytes, kind: str) -> None:
    assert sniff(head) == kind


@pytest.mark.parametrize("head", [b"", b"\r\n\r\n", b"name,place\n1,2\n", b"mmsi,lat,lon\n", b"{}"])
def test_what_is_nothing_known_is_refused_with_what_would_be(head: bytes) -> None:
    with pytest.raises(InputError, match="Vigie reads NMEA sentences") as caught:
        sniff(head, "port.txt")
    assert caught.value.where == "port.txt"


@pytest.mark.parametrize("head", [b"!AIVDM,1\r!AIVDM,2\r", NOAA + b"\r1\r2", b"\r!AIVDM,1"])
def test_lines_that_end_in_cr_alone_are_refused(head: bytes) -> None:
    with pytest.raises(InputError, match=r"^old\.txt: its lines end with a carriage return alone"):
        sniff(head, "old.txt")


def test_one_line_that_ends_in_cr_is_a_line() -> None:
    assert sniff(b"!AIVDM,1,1,,A,1,0*00\r") == "nmea"


def test_every_recording_is_known(recordings: Path) -> None:
    kinds = {
        path.name: sniff(gzip.decompress(path.read_bytes())[:65_536])
        for path in recordings.glob("*.gz")
        if "world-port-index" not in path.name
    }
    assert len(kinds) > 10
    for name, kind in kinds.items():
        assert kind == ("csv-noaa" if ".csv" in name else "nmea"), name
