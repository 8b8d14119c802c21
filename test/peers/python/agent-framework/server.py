"""An agent of Microsoft's Agent Framework, in its `A2AExecutor` on the A2A SDK, with a scripted model."""

import base64
import os
import sys

sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from peer_server import listen, serve  # noqa: E402
from scripted_agent import scripted_answer  # noqa: E402

from a2a.server.request_handlers import DefaultRequestHandler  # noqa: E402
from a2a.server.routes import create_agent_card_routes, create_jsonrpc_routes  # noqa: E402
from a2a.server.tasks import InMemoryTaskStore  # noqa: E402
from a2a.types import AgentCapabilities, AgentCard, AgentInterface  # noqa: E402
from agent_framework import (  # noqa: E402
    Agent,
    BaseChatClient,
    ChatResponse,
    ChatResponseUpdate,
    Content,
    Message,
    ResponseStream,
)
from agent_framework_a2a import A2AExecutor  # noqa: E402
from starlette.applications import Starlette  # noqa: E402


class ScriptedClient(BaseChatClient):
    def _inner_get_response(self, *, messages, stream, options, **kwargs):
        pieces = answer(messages)
        if stream:
            return ResponseStream(updates(pieces), finalizer=ChatResponse.from_updates)
        return whole(pieces)


def answer(messages):
    said = [one for one in messages if one.role == "user"]
    files = [
        (one.media_type, base64.b64decode(one.uri.split(",", 1)[1]))
        for one in said[-1].contents
        if one.type == "data"
    ]
    return scripted_answer([one.text for one in said], files)


async def updates(pieces):
    async for piece in pieces:
        yield ChatResponseUpdate(role="assistant", contents=[Content.from_text(piece)])


async def whole(pieces):
    text = "".join([piece async for piece in pieces])
    return ChatResponse(messages=[Message(role="assistant", contents=[text])])


listener, url = listen()
agent = Agent(client=ScriptedClient(), name="peer", description="A test agent.")
card = AgentCard(
    name="peer",
    description="A test agent.",
    version="1.0.0",
    default_input_modes=["text"],
    default_output_modes=["text"],
    capabilities=AgentCapabilities(streaming=True),
    supported_interfaces=[AgentInterface(url=f"{url}/", protocol_binding="JSONRPC")],
    skills=[],
)
handler = DefaultRequestHandler(
    agent_executor=A2AExecutor(agent, stream=True),
    task_store=InMemoryTaskStore(),
    agent_card=card,
)
routes = [*create_agent_card_routes(card), *create_jsonrpc_routes(handler, "/")]
serve(Starlette(routes=routes), listener, url)
