"""A loopback address that takes webhooks, keeps them, and answers TwiML."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import parse_qsl


@dataclass(frozen=True)
class Heard:
    """One webhook that came."""

    url: str
    form: dict[str, str]
    signature: str


class Listener:
    """Takes webhooks while the block runs."""

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def wait(self, wanted: Callable[[Heard], bool], seconds: float = 6) -> Heard | None:
        """Return the first webhook that is wanted, None when none has come in time."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = next((heard for heard in self.heard if wanted(heard)), None)
            if found is not None:
                return found
            time.sleep(0.05)
        return None

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                form = dict(parse_qsl(body, keep_blank_values=True))
                signature = self.headers.get("X-Twilio-Signature") or ""
                listener.heard.append(Heard(listener.url + self.path, form, signature))
                twiml = "<Response><Message>Thanks</Message></Response>" if self.path == "/inbound" else "<Response/>"
                self.send_response(200)
                self.send_header("Content-Type", "text/xml")
                self.send_header("Content-Length", str(len(twiml)))
                self.end_headers()
                self.wfile.write(twiml.encode())

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        return Handler
