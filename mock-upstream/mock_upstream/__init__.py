"""The mock upstream: a slow service that answers when its dial says so."""
