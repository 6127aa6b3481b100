"""Positions in; the zones each lies in, the crossings between them, and the zone library out."""
