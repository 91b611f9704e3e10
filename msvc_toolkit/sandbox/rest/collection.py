"""A collection of the API: the rows of a table at one address, which can be listed, fetched, created, changed and deleted."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from msvc_toolkit.sandbox.rest.errors import not_found
from msvc_toolkit.sandbox.rest.responses import Response, answer, list_2010, list_v1
from msvc_toolkit.sandbox.rest.routing import Call, Operation, filters, page_of
from msvc_toolkit.sandbox.storage.store import Row

ListFilter = str | Callable[[Call, str], tuple[str, tuple[object, ...]]]
"""A column that must equal the filter's value, or a function that returns a condition and its values."""
Handler = Callable[[Call], Response]


class Collection:
    """One resource: its address, its rows, and how a row is written.

    Args:
        path: The pattern of the list's path, such as ``/v1/Services/{MG}/PhoneNumbers``.
        table: The table of its rows.
        prefix: The SID prefix.
        key: The key of the list in the answer.
        shape: Writes a row as Twilio does.
        parent: The collection whose SID comes first in the path.
        owner: The column with the parent's SID, or with the account's if there is no parent.
        only: A further condition on the rows, in SQL.
        filters: The list's filters, by name.
        dates: The columns with the time at which a row was made.
    """

    def __init__(
        self,
        path: str,
        table: str,
        prefix: str,
        key: str,
        shape: Callable[[Call, Row], dict[str, Any]],
        *,
        parent: Collection | None = None,
        owner: str = "account_sid",
        only: str = "1",
        filters: Mapping[str, ListFilter] | None = None,
        dates: tuple[str, ...] = ("date_created", "date_updated"),
    ) -> None:
        self.path, self.table, self.prefix, self.key, self.shape = path, table, prefix, key, shape
        self.parent, self._owner, self._only, self._filters, self._dates = parent, owner, only, filters or {}, dates

    def operations(self, *own: str, takes_json: bool = False, **answers: Handler) -> tuple[Operation, ...]:
        """Return its operations: list, fetch, the methods that a subclass defines, and functions given by name.

        The names are list, fetch, create, update and delete; with `takes_json`, create and update take JSON instead of a form.
        """
        stem, dot, _ = self.path.partition(".json")
        one = f"{stem}/{{{self.prefix}}}{dot}"
        places = {
            "list": ("GET", self.path),
            "fetch": ("GET", one),
            "create": ("POST", self.path),
            "update": ("POST", one),
            "delete": ("DELETE", one),
        }
        methods: dict[str, Handler] = {name: getattr(self, name) for name in ("list", "fetch", *own)}
        return tuple(
            Operation(*places[name], answer_, takes_json=takes_json and name in ("create", "update"))
            for name, answer_ in {**methods, **answers}.items()
        )

    def list(self, call: Call) -> Response:
        """List the rows of the account or the parent."""
        where, values = self._scope(call)
        taken = filters(call, tuple(self._filters))
        for name, value in taken:
            wanted = self._filters[name]
            condition, more = (f"{wanted} = ?", (value,)) if isinstance(wanted, str) else wanted(call, value)
            where, values = f"{where} AND {condition}", (*values, *more)
        page = page_of(call, self.table, where, values)
        items = [self.shape(call, row) for row in page.rows]
        if self.path.startswith("/v"):
            return list_v1(call.origin + call.path, self.key, page, taken, items)
        return list_2010(call.path, self.key, page, taken, items)

    def fetch(self, call: Call) -> Response:
        """Fetch one row."""
        return answer(200, self.shape(call, self.one(call)))

    def delete(self, call: Call) -> Response:
        """Delete one row."""
        call.store.execute(f"DELETE FROM {self.table} WHERE sid = ?", self.one(call)["sid"])  # noqa: S608 - our table
        return Response(204)

    def one(self, call: Call, sid: str | None = None) -> Row:
        """Return one row, by the given SID, else by the last SID of the path.

        Raises Refusal (404 / 20404), also when the row belongs to another account or parent.
        """
        sid = sid or call.sids[-1]
        where, values = self._scope(call)
        row = call.store.one(f"SELECT * FROM {self.table} WHERE {where} AND sid = ?", *values, sid)  # noqa: S608 - ours
        if row is None:
            raise not_found(self._address(call, sid))
        return row

    def container(self, call: Call) -> Row:
        """Return the row of the parent that the path names first; raise Refusal (404 / 20404) if there is none."""
        assert self.parent is not None  # noqa: S101 - only collections with a parent ask
        return self.parent.one(call, call.sids[0])

    def add(self, call: Call, row: Row, status: int = 201) -> Response:
        """Insert a row and answer with it; a SID is made unless the row has one."""
        sid = row.get("sid") or call.store.new_sid(self.prefix)
        dates = dict.fromkeys(self._dates, call.now)
        call.store.insert(self.table, {"account_sid": call.account["sid"], **dates, **row, "sid": sid})
        return answer(status, self.shape(call, self.one(call, sid)))

    def save(self, call: Call, row: Row, values: Mapping[str, object], status: int = 200) -> Response:
        """Change columns of a row and answer with it."""
        call.store.update(self.table, row["sid"], {"date_updated": call.now, **values})
        return answer(status, self.shape(call, self.one(call, row["sid"])))

    def _scope(self, call: Call) -> tuple[str, tuple[object, ...]]:
        owner = call.account["sid"] if self.parent is None else self.container(call)["sid"]
        return f"{self._owner} = ? AND {self._only}", (owner,)

    def _address(self, call: Call, sid: str) -> str:
        """Name a row as Twilio's 404 does: by its path, in version 1 of a product API without the version."""
        if not self.path.startswith("/v"):
            return call.path
        path = self.path.removeprefix("/v1")
        return re.sub(r"\{\w+\}", lambda _: call.sids[0], path) + f"/{sid}"
