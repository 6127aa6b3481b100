"""Where AIS comes in live: one file for each kind of source.

A source is an asynchronous generator over its configuration. It yields whole lines with the time
they were received, keeps a `SourceStatus`, goes on for ever, and closes what it has opened when it
is closed. `kinds.KINDS` lists the kinds; `kinds.open_source` opens any of them.
"""
