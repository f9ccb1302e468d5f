"""How the database means to run the statements of a block: with their bound values, as in production."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from django.db import connection


class Plan(NamedTuple):
    sql: str
    steps: str

    def reads(self, table: str) -> bool:
        """Whether it is a SELECT, UPDATE or DELETE of rows of this table."""
        return f'FROM "{table}"' in self.sql or self.sql.startswith(f'UPDATE "{table}"')


@contextmanager
def query_plans() -> Iterator[list[Plan]]:
    """Collects the plan of every SELECT, UPDATE and DELETE."""
    plans: list[Plan] = []
    word = "EXPLAIN" if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN"

    def explain(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        if not many and sql.startswith(("SELECT", "UPDATE", "DELETE")):
            execute(f"{word} {sql}", params, many, context)
            plans.append(Plan(sql, "\n".join(str(row[-1]) for row in context["cursor"].fetchall())))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explain):
        yield plans


def reads_through(steps: str, table: str) -> bool:
    """Whether the plan reads the table from its beginning to its end."""
    whole = (f"Seq Scan on {table}", f"SCAN {table}")
    return any(line.split("->")[-1].strip().split("  ")[0] in whole for line in steps.splitlines())
