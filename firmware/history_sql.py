"""SQL of history.sqlite: two tables of the same columns, minutes and hours."""

from firmware.domain.minutes import COLUMNS

VERSION = 1
SUMS = ("covered_ms", "gaps", "imported_uwh", "exported_uwh")
NAMES = ", ".join(COLUMNS)


def _schema(table: str) -> str:
    columns = (f"{n} INTEGER{' NOT NULL' * (n in ('start_s', *SUMS))}" for n in COLUMNS)
    return (
        f"CREATE TABLE {table} (id INTEGER PRIMARY KEY, {', '.join(columns)});"
        f"CREATE INDEX {table}_start ON {table} (start_s);"
    )


def _merged(name: str) -> str:
    """A column when rows are taken together: means are weighted by the time that was measured."""
    if name in SUMS:
        return f"SUM({name})"
    if "_min_" in name or name == "start_s":
        return f"MIN({name})"
    if "_max_" in name:
        return f"MAX({name})"
    return f"CAST(ROUND(SUM({name} * covered_ms) * 1.0 / SUM(covered_ms)) AS INTEGER)"


MERGED = ", ".join(_merged(name) for name in COLUMNS)
BETWEEN = "start_s >= :since AND start_s < :until"
SCHEMA = f"BEGIN; {_schema('minutes')} {_schema('hours')} PRAGMA user_version = {VERSION}; COMMIT;"
INSERT = f"INSERT INTO minutes ({NAMES}) VALUES ({', '.join('?' * len(COLUMNS))})"  # noqa: S608
# Two queries: only a lone MIN or MAX is read off the end of the table, both at once scan it.
BOUNDS = "SELECT (SELECT MIN(id) FROM minutes), (SELECT MAX(id) FROM minutes)"
THIN = (
    f"INSERT INTO hours ({NAMES}) SELECT {MERGED} FROM minutes "  # noqa: S608
    "WHERE id < ? GROUP BY start_s / 3600"
)
DROP_MINUTES = "DELETE FROM minutes WHERE id < ?"
DROP_HOURS = "DELETE FROM hours WHERE id <= (SELECT MAX(id) FROM hours) - ?"
QUERY = (
    f"SELECT (start_s - :since) / :bucket, {MERGED} FROM ("  # noqa: S608
    f"SELECT {NAMES} FROM minutes WHERE {BETWEEN} UNION ALL "
    f"SELECT {NAMES} FROM hours WHERE {BETWEEN}) GROUP BY 1"
)
FIRST = (
    "SELECT MIN(s) FROM (SELECT MIN(start_s) AS s FROM minutes "
    "UNION ALL SELECT MIN(start_s) FROM hours)"
)
