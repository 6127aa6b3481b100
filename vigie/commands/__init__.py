"""The commands, one a file; `vigie.cli` puts them together."""
