"""Accounts: signing in and staying in, and what is put on record of it."""
