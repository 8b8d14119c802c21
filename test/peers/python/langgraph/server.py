"""LangGraph's API server, in memory as `langgraph dev` runs it, with one graph (graph.py)."""

import os
import sys
import tempfile
import threading
import time
import urllib.request
import uuid

here = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.dirname(here))
from peer_server import end_with_parent, listen, say_ready  # noqa: E402

os.environ.update(LANGSMITH_TRACING="false", LANGGRAPH_CLI_NO_ANALYTICS="1", NO_COLOR="1")

# It writes what it remembers where it is started.
os.chdir(tempfile.mkdtemp())
from langgraph_api.cli import run_server  # noqa: E402

# It opens its port itself.
listener, url = listen()
port = listener.getsockname()[1]
listener.close()
# The id of the assistant that the server makes of each graph.
assistant = uuid.uuid5(uuid.UUID("6ba7b821-9dad-11d1-80b4-00c04fd430c8"), "peer")


def wait():
    while True:
        try:
            urllib.request.urlopen(f"{url}/ok", timeout=1).close()
            return say_ready(f"{url}/a2a/{assistant}")
        except OSError:
            time.sleep(0.1)


end_with_parent()
threading.Thread(target=wait, daemon=True).start()
run_server(port=port, graphs={"peer": f"{here}/graph.py:graph"}, server_level="ERROR")
