"""A Strands agent in the A2A server of Bedrock AgentCore's runtime, with a scripted model."""

import os
import sys

sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from peer_server import listen, serve  # noqa: E402
from scripted_strands import ScriptedModel  # noqa: E402

from bedrock_agentcore.runtime import build_a2a_app  # noqa: E402
from strands import Agent  # noqa: E402
from strands.multiagent.a2a.executor import StrandsA2AExecutor  # noqa: E402


def agent_of(_context_id):
    return Agent(
        model=ScriptedModel(), name="peer", description="A test agent.", callback_handler=None
    )


listener, url = listen()
executor = StrandsA2AExecutor(agent_factory=agent_of, enable_a2a_compliant_streaming=True)
serve(build_a2a_app(executor, runtime_url=f"{url}/"), listener, url)
