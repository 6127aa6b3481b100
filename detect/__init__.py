"""Positions, zones and vessel memory in; events out. Pure: no I/O, no clock."""
