"""Every method of the SDK that changes something, called on a live connection that nobody armed."""

import importlib
import inspect
import pkgutil

import pytest
import twilio.rest

from msvc_toolkit.errors import WritesNotArmed

ACTS = ("create", "update", "delete", "remove", "replace", "patch")
CHANGING = [act + end for act in ACTS for end in ("", "_with_http_info")]


def changing(client):
    """Each such method of each resource, bound to made-up SIDs."""
    for found in pkgutil.walk_packages(twilio.rest.__path__, "twilio.rest."):
        parts = found.name.split(".")
        if len(parts) < 5:  # twilio.rest.product.version.resource
            continue
        product = getattr(client, parts[2])
        version = getattr(product, parts[3], None) or product.v1  # preview-iam also has resources without a version
        for name, kind in vars(importlib.import_module(found.name)).items():
            if inspect.isclass(kind) and kind.__module__ == found.name and name.endswith(("List", "Context")):
                more = list(inspect.signature(kind.__init__).parameters)[2:]
                resource = kind(version, *["x"] * len(more))
                for method in CHANGING:
                    if (act := getattr(resource, method, None)) is not None:
                        yield f"{found.name}.{name}.{method}", act


class Anything(str):
    """Text that also is what the SDK makes a JSON body of."""

    __slots__ = ()

    def to_dict(self):
        """Return a body."""
        return {"x": "x"}

    isoformat = __str__ = str.__str__


def made_up(act):
    """A value for each argument."""
    return {
        name: Anything("x")
        for name, one in inspect.signature(act).parameters.items()
        if one.kind is not inspect.Parameter.VAR_KEYWORD
    }


@pytest.mark.slow
def test_nothing_in_the_sdk_changes_an_account_that_nobody_armed(connect, faulty):
    """More than a thousand methods: each is stopped, and not one byte leaves."""
    stopped, passed = [], []
    for name, act in changing(connect(*faulty.way).client):
        try:
            act(**made_up(act))
        except WritesNotArmed:
            stopped.append(name)
        except Exception as error:  # noqa: BLE001 - named below
            passed.append(f"{name}: {error!r}")
        else:
            passed.append(name)

    assert len(stopped) > 1000
    assert passed == []
    assert (faulty.requests, faulty.elsewhere) == ([], [])
