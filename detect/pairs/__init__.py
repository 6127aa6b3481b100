"""Detectors of two vessels and more: who is near whom, who will be, and what that means."""
