"""Sharing: what a partner may see, and the ways by which it leaves."""
