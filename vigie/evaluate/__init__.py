"""What a watch saw, held against the truth: matching, figures, and a page with pictures."""
