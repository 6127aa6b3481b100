"""Bytes from files, sockets and brokers in; columns of positions, statics and messages out."""
