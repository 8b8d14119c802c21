"""An agent of Pydantic AI, served by fasta2a, with a scripted model."""

import os
import sys

sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from peer_server import listen, serve  # noqa: E402
from scripted_agent import scripted_answer  # noqa: E402

from fasta2a.pydantic_ai import agent_to_a2a  # noqa: E402
from pydantic_ai import Agent, BinaryContent  # noqa: E402
from pydantic_ai.messages import ModelRequest, UserPromptPart  # noqa: E402
from pydantic_ai.models.function import FunctionModel  # noqa: E402


async def answer(messages, _):
    prompts = [
        [
            one
            for part in message.parts
            if isinstance(part, UserPromptPart)
            for one in ([part.content] if isinstance(part.content, str) else part.content)
        ]
        for message in messages
        if isinstance(message, ModelRequest)
    ]
    texts = ["".join(one for one in prompt if isinstance(one, str)) for prompt in prompts]
    files = [
        (one.media_type, one.data) for one in prompts[-1] if isinstance(one, BinaryContent)
    ]
    async for piece in scripted_answer(texts, files):
        yield piece


listener, url = listen()
agent = Agent(FunctionModel(stream_function=answer), name="peer")
serve(agent_to_a2a(agent, url=url, description="A test agent."), listener, url)
