"""The lab's PostgreSQL: a server from a wheel, a small schema, the dial, and who waits for it.

    python -m lab_postgres

The server begins empty and ends with all its data. With DATABASE_URL no server is started: the
schema is made in the user's own, and removed from it at the end.
"""
