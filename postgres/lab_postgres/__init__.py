"""The lab's PostgreSQL: a server from a wheel, its small schema, its dial and what it is doing.

    python -m lab_postgres

Started in an empty folder, ended with all its data.
"""
