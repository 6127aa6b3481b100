"""Rules: which events become alerts, written in TOML by the people of a watch."""

from watch.rules.load import load_rules, parse_rules, read_rules
from watch.rules.rule import Rule
from watch.rules.vessels import VesselFilter

__all__ = ["Rule", "VesselFilter", "load_rules", "parse_rules", "read_rules"]
