"""Strands agents, served by their `A2AServer`: one agent a conversation, with a scripted model.

Settings: `compliant`, whether the server streams artifacts instead of statuses.
"""

import os
import sys

sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from peer_server import listen, serve, settings  # noqa: E402
from scripted_strands import ScriptedModel  # noqa: E402

from strands import Agent  # noqa: E402
from strands.multiagent.a2a import A2AServer  # noqa: E402


def agent_of(_context_id):
    return Agent(
        model=ScriptedModel(), name="peer", description="A test agent.", callback_handler=None
    )


listener, url = listen()
server = A2AServer(
    agent_factory=agent_of,
    http_url=url,
    enable_a2a_compliant_streaming=settings.get("compliant", False),
)
serve(server.to_starlette_app(), listener, url)
