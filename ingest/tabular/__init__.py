"""CSV files of AIS: rows in, the same columns out as from sentences."""

from ingest.tabular.reader import CsvReader

__all__ = ["CsvReader"]
