"""Web pages of the notebooks' forms, without code, served by Voila."""

from __future__ import annotations

import os
import secrets
import socket
import threading
import webbrowser
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, NoReturn

import zmq
from jupyter_server.base.handlers import JupyterHandler
from tornado.httpserver import HTTPServer
from tornado.ioloop import IOLoop
from tornado.web import HTTPError, authenticated
from traitlets.config import Config
from voila.app import Voila
from voila.static_file_handler import AllowListFileHandler
from voila.tornado.contentshandler import VoilaContentsHandler
from voila.tornado.handler import TornadoVoilaHandler
from voila.tornado.treehandler import TornadoVoilaTreeHandler
from voila.voila_identity_provider import VoilaLoginHandler

from msvc_toolkit.cli.lab import end_on_signals, leave
from msvc_toolkit.errors import ToolkitError
from msvc_toolkit.html import cards, document

TAG = "web"
"""The tag of the notebook cells that make its page."""

IDLE_SECONDS = 900
"""How long a page's kernel is kept without a browser; closing the page normally ends it at once."""


@dataclass(frozen=True)
class WebPage:
    """One page."""

    notebook: str  # the notebook whose tagged cells it shows
    title: str
    about: str  # what it is for
    loading: str  # what it shows until it is ready
    data: str = ""  # the account it shows, if that is not the reader's own sandbox
    shows: str = ""  # a cell in place of the last of the tagged ones


PAGES = {
    "guided-path": WebPage(
        "00-start-here.ipynb",
        "Send with a Messaging Service",
        "Create a service, decide about inbound texts, add senders and send a message, in four steps.",
        "The forms of the four steps are loading. This takes a few seconds.",
    ),
    "messages": WebPage(
        "00-start-here.ipynb",
        "Messages",
        "See what happened to each message that you sent or received here: its sender, its steps and its errors.",
        "The messages of your sandbox are loading. This takes a few seconds.",
        shows="msvc.Inspector(conn)",
    ),
    "message-log": WebPage(
        "05-message-logs.ipynb",
        "Message log",
        "See which sender fails, since when, and why, on an invented account with 30,000 messages.",
        "30,000 messages are read first. This takes about ten seconds.",
        "An invented account with 30,000 messages. The messages you send are not in it.",
    ),
    "readiness": WebPage(
        "07-a2p-readiness.ipynb",
        "Ready for US A2P 10DLC?",
        "See what keeps an invented account's texts from US phones, and what to fix first.",
        "The account and 5,000 messages are read first. This takes about ten seconds.",
        "An invented account with 5,000 messages. The services you create are not in it.",
    ),
}
"""The pages by the last part of their address."""

_TEMPLATES = Path(__file__).parent.parent / "_web"
_ANY = {"0.0.0.0", "::"}  # noqa: S104 - compared with, not listened on
_FOLLOW_SYSTEM = """<!doctype html><title>Loading</title><noscript>This page needs JavaScript.</noscript><script>
const asked = new URL(location), dark = matchMedia("(prefers-color-scheme: dark)").matches;
asked.searchParams.set("theme", dark ? "dark" : "light");
location.replace(asked);
</script>"""
_GOING_LIVE = document.section(
    "Your own account",
    cards.text(
        "These pages never touch it. To go on with it, set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, run msvc lab, and "
        "follow “On your own account” in the notebook 00-start-here. It starts with reading only."
    ),
)
_SENTENCES = {
    HTTPStatus.FORBIDDEN: "Open the address that msvc web printed: it ends in ?token= and lets you in.",
    HTTPStatus.NOT_FOUND: "There is no page at this address.",
}


def run_voila(
    folder: Path,
    *,
    host: str,
    port: int,
    names: Sequence[str],
    browser: bool,
    announce: Callable[[str], object],
) -> NoReturn:
    """Serve the pages until Ctrl-C or SIGTERM; `announce` gets the URL, with its token, once they are served.

    A request for a host that is neither `host` nor one of `names` is refused. Raises ToolkitError if the host or the
    port cannot be used.
    """
    token = secrets.token_urlsafe(24)
    try:
        listener = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise ToolkitError(
            f"Port {port} on {host} cannot be used ({error.strerror}). Leave --port out to take a free one."
        ) from error
    known = os.environ.get("JUPYTER_PATH")
    os.environ["JUPYTER_PATH"] = os.pathsep.join([str(_TEMPLATES), *([known] if known else [])])
    server = _Server(
        token=token,
        root_dir=str(folder),
        log_level="ERROR",
        config_file_paths=[],  # the user's own Voila is set up for other pages
        tornado_settings={
            "allow_remote_access": False,
            "local_hostnames": ["localhost", host, *names],
            "log_function": lambda _: None,  # otherwise each refused address would be logged with its token
            "ws_ping_timeout": 30_000,  # milliseconds; Tornado warns if it is longer than Jupyter's ping interval
        },
    )
    server.config = _settings()
    server.initialize([])
    shown = names[0] if names else "127.0.0.1" if host in _ANY else host
    url = f"http://{f'[{shown}]' if ':' in shown else shown}:{listener.getsockname()[1]}/?token={token}"

    def started() -> None:
        announce(url)
        if browser:
            threading.Thread(target=webbrowser.open, args=[url], daemon=True).start()

    server.serve(listener, started)
    leave()


def _settings() -> Config:
    settings = Config()
    settings.VoilaConfiguration.template = "msvc"
    settings.VoilaConfiguration.allow_template_override = "NO"
    settings.VoilaConfiguration.prelaunch_hook = _page_of_notebook
    settings.VoilaExecutor.cell_error_instruction = "Run the notebook in JupyterLab to see why (msvc lab)."
    settings.KernelManager.shutdown_wait_time = 2.0  # then a busy kernel is killed
    if zmq.has("curve"):  # or each kernel would warn that others on this computer could listen
        settings.KernelManager.transport_encryption = "auto"
    settings.MappingKernelManager.cull_idle_timeout = IDLE_SECONDS
    return settings


class _Server(Voila):  # type: ignore[misc]  # Voila is not typed
    """Voila with this package's pages, and no other file of the folder."""

    def init_handlers(self) -> list[Any]:
        """Return the handlers: Voila's own, without its file list and its password form."""
        left_out = TornadoVoilaTreeHandler, TornadoVoilaHandler, VoilaContentsHandler, AllowListFileHandler
        kept = [one for one in super().init_handlers() if not issubclass(one[1], (*left_out, VoilaLoginHandler))]
        shared = {
            "template_paths": self.template_paths,
            "config": self.config,
            "voila_configuration": self.voila_configuration,
        }
        return [*kept, ("/", _Index), (f"/({'|'.join(PAGES)})", _PageHandler, shared), ("/.*", _Missing)]

    def serve(self, listener: socket.socket, started: Callable[[], object]) -> None:
        """Serve on this socket until a signal comes."""
        listener.setblocking(False)
        self._listener, self._started = listener, started
        self.start()

    def listen(self) -> None:
        """Serve on the open socket; Voila itself would try one port after another."""
        server = HTTPServer(self.app)
        server.add_socket(self._listener)
        self.ioloop = IOLoop.current()
        end_on_signals(lambda: self.ioloop.add_callback_from_signal(self.ioloop.stop))
        self.ioloop.add_callback(self._started)
        self.ioloop.start()
        server.stop()
        self.stop()


class _Said(JupyterHandler):
    """A page with one sentence that says why there is no other."""

    def get_login_url(self) -> str:
        """Refuse requests without a token; there is no form to enter one."""
        raise HTTPError(HTTPStatus.FORBIDDEN)

    def write_error(self, status_code: int, **_: Any) -> None:
        """Write the sentence."""
        said = _SENTENCES.get(HTTPStatus(status_code), "This page could not be opened. Restart msvc web.")
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(document.page("No page here", cards.card("problem", said)))


class _Missing(_Said):
    """The handler of every address that has no page."""

    @authenticated
    def get(self) -> None:
        """Answer 404."""
        raise HTTPError(HTTPStatus.NOT_FOUND)


class _Index(_Said):
    """The list of pages."""

    @authenticated
    def get(self) -> None:
        """List the pages."""
        link = cards.Html('<li><a class="msvc-card" href="/{}"><span><b>{}</b><br>{}</span></a></li>')
        pages = cards.join(link.format(place, page.title, page.about) for place, page in PAGES.items())
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(
            document.page(
                "Twilio Messaging Services",
                cards.text("Everything here works on a sandbox of Twilio's API. It sends nothing and costs nothing."),
                cards.Html('<ul class="msvc-pages">{}</ul>').format(pages),
                _GOING_LIVE,
            )
        )


class _PageHandler(_Said, TornadoVoilaHandler):  # type: ignore[misc]  # as above
    """One page."""

    @authenticated
    async def get(self, place: str) -> None:
        """Run the page's cells in their own kernel and write their output, light or dark as the system is."""
        if not self.get_argument("theme", ""):
            self.finish(_FOLLOW_SYSTEM)
            return
        _ = self.xsrf_token  # sets a cookie; the page needs it to end its kernel when it is closed
        await TornadoVoilaHandler.get(self, PAGES[place].notebook)


def _page_of_notebook(_handler: Any, notebook: Any, cwd: str) -> Any:  # noqa: ARG001 - names that Voila gives
    """Make the page's notebook: its tagged cells joined into one cell, so that only the last output is shown."""
    place = _handler.request.path.strip("/")
    page = PAGES[place]
    tagged = [cell for cell in notebook.cells if TAG in cell.metadata.get("tags", ())]
    if not tagged:
        raise HTTPError(HTTPStatus.NOT_FOUND, f"{page.notebook} has no cell with the tag {TAG!r}.")
    first = f"from msvc_toolkit.widgets import page\npage.show_errors_as_sentences({page.notebook!r})"
    notebook.cells = [copy(tagged[0]), copy(tagged[0])]
    notebook.cells[0].id = "first"
    sources = [cell.source for cell in tagged]
    if page.shows:
        sources[-1] = page.shows
    notebook.cells[0].source, notebook.cells[1].source = first, "\n\n".join(sources)
    notebook.metadata.title = page.title
    notebook.metadata.loading, notebook.metadata.data = page.loading, page.data
    return notebook
