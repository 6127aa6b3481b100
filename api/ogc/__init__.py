"""OGC API Features, Part 1: Core (OGC 17-069r4): what any GIS can read of the watch."""
