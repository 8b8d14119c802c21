"""What the servers in the folders beside this file share: settings in, READY out, the end."""

import asyncio
import json
import os
import socket
import sys
import threading

settings = json.loads(sys.argv[1]) if len(sys.argv) > 1 else {}
"""`port`, `behaviours` (behaviours.ts as JSON), and what a server reads besides."""


def listen():
    """A listening socket on this machine, and its origin."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", settings.get("port", 0)))
    listener.listen(128)
    return listener, f"http://127.0.0.1:{listener.getsockname()[1]}"


def end_with_parent():
    """Whoever started this process holds the other end of its standard input."""

    def read():
        while sys.stdin.buffer.read(1):
            pass
        os._exit(0)

    # A terminal, or nothing, is no parent that goes away.
    if not sys.stdin.isatty() and os.environ.get("PEER_STAYS") is None:
        threading.Thread(target=read, daemon=True).start()


def say_ready(url):
    print(f"READY {url}", flush=True)


def serve(app, listener, url):
    """Serves an ASGI application until the parent is gone or SIGTERM comes."""
    import uvicorn

    class Server(uvicorn.Server):
        async def startup(self, sockets=None):
            await super().startup(sockets)
            say_ready(url)

    end_with_parent()
    config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1)
    asyncio.run(Server(config).serve(sockets=[listener]))
