"""Everything the watch knows, served over HTTP."""
