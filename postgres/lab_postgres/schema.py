"""The small schema: items to read, orders to write, and the dial that says how long to wait.

SELECT lab.wait()     waits as the dial says, and returns the milliseconds
"""

ITEMS = 100_000
MOST_ORDERS = 500_000
"""Orders that are kept: older ones are removed, so that a load that writes fills no disk."""

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
CREATE FUNCTION lab.wait() RETURNS double precision LANGUAGE plpgsql AS $$
DECLARE
    waited_ms double precision := greatest(0, lab.delay_ms());
BEGIN
    PERFORM pg_sleep(waited_ms / 1000);
    RETURN waited_ms;
END $$;
ANALYZE lab.items;
"""
REMOVED = "DROP SCHEMA IF EXISTS lab CASCADE"

TURN = "UPDATE lab.dial SET delay_ms = %s, spread_ms = %s, sigma = %s, distribution = %s"
FORGET = f"DELETE FROM lab.orders WHERE id <= (SELECT max(id) FROM lab.orders) - {MOST_ORDERS}"

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
