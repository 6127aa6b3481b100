"""The program: command line, configuration, wiring. The only room that knows every other."""
