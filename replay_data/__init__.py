"""Recordings and scenarios that ship with the project."""
