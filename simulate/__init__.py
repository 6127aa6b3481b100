"""A seeded sea in; AIS sentences, and the truth about every incident in them, out."""
