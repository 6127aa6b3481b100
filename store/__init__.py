"""Columns, events and alerts into DuckDB and Parquet, and back."""
