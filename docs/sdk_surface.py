"""Walks the installed Python SDK: every operation of the messaging products, as the SDK would send it.

Nothing is sent: each method is called once with a client that writes the request down, and every argument is the
argument's own name, so that the request shows under which name Twilio knows it.
"""

from __future__ import annotations

import inspect
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, ForwardRef, get_args
from urllib.parse import unquote, urlsplit

from twilio.base.instance_context import InstanceContext
from twilio.base.list_resource import ListResource
from twilio.base.version import Version
from twilio.http import HttpClient
from twilio.rest import Client

PRODUCTS = ("accounts", "api", "messaging", "bulkexports", "content", "trusthub")
METHODS = ("create", "fetch", "list", "update", "delete")
LEAVE = re.compile(r"get|get_page|page|stream|\w+_(async|with_http_info(_async)?)")
"""Ways to the same operations: pages, streams, asynchronous twins, and the same with headers."""
OF_THE_ACCOUNT = frozenset({"messages", "incoming_phone_numbers", "available_phone_numbers", "short_codes"})
"""The 2010 API is about much more than messaging; this is the part that is walked."""
PAGING = frozenset({"PageToken", "Page", "PageSize"})


@dataclass(frozen=True)
class Operation:
    """One operation of the SDK.

    Args:
        name: Where the SDK has it, as ``messaging.v1.services.create``.
        method: The HTTP method.
        path: The path; what stands in braces differs from request to request.
        takes: Twilio's names of the parameters, or of a list's filters; those inside a JSON body with a dot.
        values: For parameters with a list of values: its name in the SDK.
    """

    name: str
    method: str
    path: str
    takes: tuple[str, ...] = ()
    values: dict[str, str] = field(default_factory=dict)


@dataclass
class Surface:
    """All there is: operations, lists of values by name, whose they are, and the rest of the 2010 API by path."""

    operations: list[Operation] = field(default_factory=list)
    enums: dict[str, tuple[str, ...]] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)
    elsewhere: list[str] = field(default_factory=list)


class _SeenError(Exception):
    """Carries a request out of the SDK."""

    def __init__(self, method: str, uri: str, sent: dict[str, Any]) -> None:
        self.method, self.uri, self.sent = method, uri, sent
        super().__init__(uri)


class _Recorder(HttpClient):  # type: ignore[misc]  # the SDK is not typed
    def request(
        self, method: str, uri: str, params: Any = None, data: Any = None, headers: Any = None, **_: Any
    ) -> Any:
        of_its_own = {name: value for name, value in (headers or {}).items() if name == "X-Twilio-Api-Version"}
        raise _SeenError(method, uri, {**(params or {}), **(data or {}), **of_its_own})


def walk() -> Surface:
    """Return the surface of the installed SDK.

    Raises:
        ValueError: The SDK has something this walker does not understand.
    """
    client, surface = (
        Client("AC", "token", http_client=_Recorder(logger=logging.getLogger(), is_async=False)),
        Surface(),
    )
    for name in PRODUCTS:
        product = getattr(client, name)
        for version in _parts(product, Version):
            for part, resource in _parts(getattr(product, version), ListResource).items():
                _visit(surface, f"{name}.{version}.{part}", resource)
    surface.operations.sort(key=lambda found: (found.path, found.method, found.name))
    surface.elsewhere.sort()
    return surface


def _parts(owner: object, kind: type) -> dict[str, Any]:
    """Return what hangs on a product, version or context, by the SDK's name."""
    names = [name for name, value in inspect.getmembers(type(owner)) if isinstance(value, property)]
    if kind is Version:
        names = [name for name in vars(owner) if re.fullmatch(r"_v\d+", name)]
        return {name.lstrip("_"): getattr(owner, name.lstrip("_")) for name in names}
    found = {name: getattr(owner, name) for name in names}
    return {name: value for name, value in found.items() if isinstance(value, kind)}


def _visit(surface: Surface, name: str, resource: ListResource) -> None:
    context = None
    if hasattr(resource, "get"):
        wanted = list(inspect.signature(resource.get).parameters)
        context = resource.get(*(f"{{{arg}}}" for arg in wanted))
        if not isinstance(context, InstanceContext):
            raise ValueError(f"{name}: {type(context).__name__} is no context")
    for owner in (resource, context):
        surface.operations += _operations(name, owner) if owner else ()
    _enums(surface, name, resource)
    for part, below in (
        *_parts(resource, ListResource).items(),
        *(_parts(context, ListResource).items() if context else ()),
    ):
        if name == "api.v2010.accounts" and part not in OF_THE_ACCOUNT:
            surface.elsewhere.append(_path_of(below))
        else:
            _visit(surface, f"{name}.{part}", below)


def _path_of(resource: Any) -> str:
    own = getattr(resource, "_uri", None)
    if own is None:
        names = inspect.signature(resource.get).parameters
        own = resource.get(*("{sid}" for _ in names))._uri  # noqa: SLF001 - the only place it is told
    return "/2010-04-01" + re.sub(r"(\.json|/\{[^/]*)$", "", own)


def _operations(name: str, owner: Any) -> Iterator[Operation]:
    for method, function in inspect.getmembers(owner, inspect.ismethod):
        if method.startswith("_") or LEAVE.fullmatch(method):
            continue
        if method not in METHODS:
            raise ValueError(f"{name}: the method {method} is none of {', '.join(METHODS)}")
        yield _record(f"{name}.{method}", owner.page if method == "list" else function)


def _record(name: str, function: Any) -> Operation:
    signature = inspect.signature(function).parameters
    given = {arg: _stand_in(arg, about.annotation) for arg, about in signature.items()}
    try:
        function(**given)
    except _SeenError as seen:
        sent = seen
    else:
        raise ValueError(f"{name} sends nothing")
    flat = dict(_flat(sent.sent))
    lost = {arg for arg, value in given.items() if isinstance(value, str)} - set(map(str, flat.values()))
    if lost:
        raise ValueError(f"{name}: nothing tells the name of {', '.join(sorted(lost))}")
    enums = {arg: enum for arg, about in signature.items() if (enum := _enum(about.annotation))}
    values = {wire: enums[arg] for wire, arg in flat.items() if isinstance(arg, str) and arg in enums}
    takes = tuple(wire for wire in flat if wire not in PAGING)
    return Operation(name, sent.method, unquote(urlsplit(sent.uri).path), takes, values)


def _flat(sent: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Name what is in a JSON body's parts by a dot; what is below that, as in a content type, is one value."""
    for name, value in sent.items():
        if isinstance(value, dict) and value and not prefix:
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def _stand_in(arg: str, annotation: Any) -> Any:
    """Return an argument's own name, or for the body of a resource that takes JSON one with all its parts."""
    body = next((part for part in (annotation, *get_args(annotation)) if hasattr(part, "to_dict")), None)
    if body is None:
        return arg
    parts = body({name: {} for name in body({}).to_dict()}).to_dict()
    made = body({name: dict.fromkeys(below, name) for name, below in parts.items()})
    try:
        made.to_dict()
    except AttributeError:  # a part of a part has a class of its own
        return body({name: {part: {} for part in below} for name, below in parts.items()})
    return made


def _enum(annotation: Any) -> str | None:
    """Return the SDK's name of a list of values, as ``MessageInstance.Status``."""
    if isinstance(annotation, ForwardRef | str):
        named = annotation if isinstance(annotation, str) else annotation.__forward_arg__
        return named if re.fullmatch(r"\w+Instance\.\w+", named) else None
    return next((found for part in get_args(annotation) if (found := _enum(part))), None)


def _enums(surface: Surface, owner: str, resource: ListResource) -> None:
    module = inspect.getmodule(type(resource))
    for name, instance in inspect.getmembers(module, inspect.isclass):
        if not name.endswith("Instance") or instance.__module__ != module.__name__:  # type: ignore[union-attr]
            continue
        for inner, enum in vars(instance).items():
            if inspect.isclass(enum) and not hasattr(enum, "to_dict"):
                shown = tuple(value for key, value in vars(enum).items() if not key.startswith("_"))
                surface.enums[f"{name}.{inner}"] = shown
                surface.owners[f"{name}.{inner}"] = owner
