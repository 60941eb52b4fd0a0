"""The small schema: items to read, orders to write, and the dial that says how long to wait.

SELECT lab.wait()     waits as the dial says, and returns the milliseconds
lab.waits             each wait that has ended, by the name that its client gave
"""

ITEMS = 100_000
MOST_ORDERS = 500_000
"""Orders that are kept: older ones are removed, so that a load that writes fills no disk."""
MOST_WAITS = 100_000
"""Waits that are kept, for the same reason; their counts are exact up to this number."""

MARK = "made and removed by flask-or-fastapi-lab"
"""Comment of the schema, by which the lab knows its own in a server of the user's."""
WHOSE = """
SELECT obj_description(to_regnamespace('lab'), 'pg_namespace') AS mark
WHERE to_regnamespace('lab') IS NOT NULL
"""

MADE = f"""
DROP SCHEMA IF EXISTS lab CASCADE;
CREATE SCHEMA lab;
COMMENT ON SCHEMA lab IS '{MARK}';
CREATE TABLE lab.items (
    id integer PRIMARY KEY,
    name text NOT NULL,
    price_cents integer NOT NULL,
    stock integer NOT NULL
);
INSERT INTO lab.items
    SELECT n, 'item ' || n, 100 + n % 9900, n % 50 FROM generate_series(1, {ITEMS}) AS n;
CREATE TABLE lab.orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    item_id integer NOT NULL REFERENCES lab.items,
    amount integer NOT NULL CHECK (amount > 0),
    ordered_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE lab.dial (
    delay_ms double precision NOT NULL,
    spread_ms double precision NOT NULL,
    sigma double precision NOT NULL,
    distribution text NOT NULL
);
INSERT INTO lab.dial VALUES (1000, 0, 0, 'fixed');

-- Box and Muller: two uniform numbers make a normal one.
CREATE FUNCTION lab.delay_ms() RETURNS double precision LANGUAGE sql AS $$
    SELECT CASE distribution
        WHEN 'uniform' THEN delay_ms + spread_ms * (2 * random() - 1)
        WHEN 'lognormal' THEN
            delay_ms * exp(sigma * sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random()))
        ELSE delay_ms
    END FROM lab.dial
$$;
CREATE UNLOGGED TABLE lab.waits (
    id bigint GENERATED ALWAYS AS IDENTITY,
    application_name text NOT NULL,
    began_at timestamptz NOT NULL,
    ended_at timestamptz NOT NULL
);
CREATE FUNCTION lab.wait() RETURNS double precision LANGUAGE plpgsql AS $$
DECLARE
    waited_ms double precision := greatest(0, lab.delay_ms());
    since timestamptz := clock_timestamp();
BEGIN
    PERFORM pg_sleep(waited_ms / 1000);
    BEGIN
        INSERT INTO lab.waits (application_name, began_at, ended_at)
            VALUES (current_setting('application_name'), since, clock_timestamp());
    EXCEPTION WHEN read_only_sql_transaction OR disk_full THEN
        NULL;  -- a wait needs no place: it is not counted then
    END;
    RETURN waited_ms;
END $$;
ANALYZE lab.items;
"""
# A query of a service would keep the schema until it ends; the lab's own server ends it, too.
REMOVED = """
SELECT pg_terminate_backend(pid) FROM pg_locks
JOIN pg_class ON pg_class.oid = relation
JOIN pg_database ON pg_database.oid = database
WHERE relnamespace = to_regnamespace('lab')
    AND datname = current_database()
    AND pid <> pg_backend_pid();
DROP SCHEMA IF EXISTS lab CASCADE
"""

TURN = "UPDATE lab.dial SET delay_ms = %s, spread_ms = %s, sigma = %s, distribution = %s"
FORGET = f"DELETE FROM lab.orders WHERE id <= (SELECT max(id) FROM lab.orders) - {MOST_ORDERS}"
FORGET_WAITS = f"""
DELETE FROM lab.waits WHERE id <= (SELECT last_value FROM lab.waits_id_seq) - {MOST_WAITS}
"""
FORGET_ALL_WAITS = "DELETE FROM lab.waits"  # TRUNCATE would wait for a client's transaction

ACTIVITY = """
SELECT application_name,
    count(*) AS connections,
    count(*) FILTER (WHERE state = 'active') AS busy,
    count(*) FILTER (WHERE state LIKE 'idle in transaction%') AS idle_in_transaction
FROM pg_stat_activity
WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
GROUP BY application_name
ORDER BY application_name
"""
"""What the connections do, by the name that each client gives: the target's."""

STATS = """
WITH edges AS (
    SELECT application_name, began_at AS at, 1 AS step FROM lab.waits
    UNION ALL
    SELECT application_name, ended_at, -1 FROM lab.waits
),
busy AS (
    SELECT application_name,
        sum(step) OVER (
            PARTITION BY application_name ORDER BY at, step ROWS UNBOUNDED PRECEDING
        ) AS number
    FROM edges
),
peaks AS (SELECT application_name, max(number) AS peak FROM busy GROUP BY application_name),
sums AS (
    SELECT application_name,
        count(*) AS served,
        sum(extract(epoch FROM ended_at - began_at)) * 1000 AS held_ms
    FROM lab.waits GROUP BY application_name
)
SELECT application_name, served, peak::int, held_ms::double precision
FROM sums JOIN peaks USING (application_name)
ORDER BY application_name
"""
"""The waits that have ended, by client: their number, the most at the same time, and their sum."""
