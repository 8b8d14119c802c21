"""An agent of Agno, served by the A2A interface of its AgentOS, with a scripted model."""

import os
import sys

os.environ["AGNO_TELEMETRY"] = "false"
sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from peer_server import listen, serve  # noqa: E402
from scripted_agent import scripted_answer  # noqa: E402

from agno.agent import Agent  # noqa: E402
from agno.db.in_memory import InMemoryDb  # noqa: E402
from agno.models.base import Model  # noqa: E402
from agno.models.response import ModelResponse  # noqa: E402
from agno.os import AgentOS  # noqa: E402
from agno.os.interfaces.a2a import A2A  # noqa: E402


class ScriptedModel(Model):
    def invoke(self, *args, **kwargs):
        raise NotImplementedError

    def invoke_stream(self, *args, **kwargs):
        raise NotImplementedError

    def _parse_provider_response(self, response, **kwargs):
        return response

    def _parse_provider_response_delta(self, response):
        return response

    async def ainvoke(self, messages, **kwargs):
        text = "".join([piece async for piece in answer(messages)])
        return ModelResponse(role="assistant", content=text)

    async def ainvoke_stream(self, messages, **kwargs):
        async for piece in answer(messages):
            yield ModelResponse(role="assistant", content=piece)


def answer(messages):
    said = [one for one in messages if one.role == "user"]
    last = said[-1]
    files = [
        (one.mime_type or "image/png", one.get_content_bytes())
        for one in [*(last.images or []), *(last.files or [])]
    ]
    return scripted_answer([str(one.content) for one in said], files)


listener, url = listen()
agent = Agent(
    id="peer",
    name="peer",
    description="A test agent.",
    model=ScriptedModel(id="scripted"),
    db=InMemoryDb(),
    add_history_to_context=True,
    telemetry=False,
)
app = AgentOS(agents=[agent], interfaces=[A2A(agents=[agent])], telemetry=False)
serve(app.get_app(), listener, url)
