"""Live reception: sources, journal, judge, keeper, joined.

    sources (asyncio) ─▶ intake (thread): stamp, journal, acknowledge ─▶ worker (thread): read,
    fence, detect, watch ─▶ keeper (thread): database ─▶ picture, alert stream

Every hand-over is bounded. Whoever is full makes the one before wait, up to the sources: TCP and
brokers slow down by themselves, datagrams are counted as dropped.
"""
