"""An agent of Google's ADK, served by its `to_a2a`, with a scripted model."""

import os
import sys

sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from peer_server import listen, serve  # noqa: E402
from scripted_agent import scripted_answer  # noqa: E402

from google.adk.a2a.utils.agent_to_a2a import to_a2a  # noqa: E402
from google.adk.agents import LlmAgent  # noqa: E402
from google.adk.tools import LongRunningFunctionTool  # noqa: E402
from google.adk.models import BaseLlm, LlmResponse  # noqa: E402
from google.genai import types  # noqa: E402


class ScriptedModel(BaseLlm):
    async def generate_content_async(self, llm_request, stream=False):
        told = llm_request.contents[-1].parts[-1].function_response
        if told is not None:
            status = (told.response or {}).get("status")
            # A tool that takes long has answered for now: the turn ends without a word.
            text = "" if status == "pending" else f"The office said {status}."
            yield response(text, turn_complete=True)
            return
        said = [one for one in llm_request.contents if one.role == "user"]
        texts = ["".join(part.text or "" for part in one.parts) for one in said]
        files = [
            (part.inline_data.mime_type, part.inline_data.data)
            for part in said[-1].parts
            if part.inline_data
        ]
        if texts[-1].strip() == "ask the office":
            call = types.Part.from_function_call(name="ask_the_office", args={"what": "a trip"})
            content = types.Content(role="model", parts=[call])
            yield LlmResponse(content=content, turn_complete=True)
            return
        pieces = []
        async for piece in scripted_answer(texts, files):
            pieces.append(piece)
            if stream:
                yield response(piece, partial=True)
        usage = types.GenerateContentResponseUsageMetadata(
            prompt_token_count=5, candidates_token_count=2, total_token_count=7
        )
        yield response("".join(pieces), usage_metadata=usage, turn_complete=True)


def ask_the_office(what: str) -> dict:
    """Somebody answers, some time."""
    return {"status": "pending", "what": what}


def response(text, **more):
    content = types.Content(role="model", parts=[types.Part(text=text)])
    return LlmResponse(content=content, **more)


listener, url = listen()
agent = LlmAgent(
    name="peer",
    model=ScriptedModel(model="scripted"),
    description="A test agent.",
    tools=[LongRunningFunctionTool(func=ask_the_office)],
)
port = listener.getsockname()[1]
serve(to_a2a(agent, host="127.0.0.1", port=port), listener, url)
