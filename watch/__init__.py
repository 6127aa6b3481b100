"""Events in; alerts, and what the watch does with them, out. Pure domain, no I/O."""
