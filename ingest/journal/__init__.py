"""The journal: every line that was received live, numbered, before anything is done with it."""
