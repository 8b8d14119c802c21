"""A graph with messages in its state, whose one node is a scripted model."""

import base64
import os
import sys

sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from langchain_core.callbacks import AsyncCallbackManagerForLLMRun  # noqa: E402
from langchain_core.language_models import BaseChatModel  # noqa: E402
from langchain_core.messages import AIMessage, AIMessageChunk  # noqa: E402
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult  # noqa: E402
from langgraph.graph import END, START, MessagesState, StateGraph  # noqa: E402


def answer(messages):
    from scripted_agent import scripted_answer

    said = [one for one in messages if one.type == "human"]
    blocks = [
        block
        for block in said[-1].content_blocks
        if block["type"] in ("image", "file") and "base64" in block
    ]
    files = [(one["mime_type"], base64.b64decode(one["base64"])) for one in blocks]
    return scripted_answer([one.text for one in said], files)


class ScriptedModel(BaseChatModel):
    @property
    def _llm_type(self):
        return "scripted"

    def _generate(self, messages, stop=None, run_manager=None, **kwargs):
        raise NotImplementedError

    async def _agenerate(self, messages, stop=None, run_manager=None, **kwargs):
        text = "".join([piece async for piece in answer(messages)])
        return ChatResult(generations=[ChatGeneration(message=AIMessage(text))])

    async def _astream(
        self, messages, stop=None, run_manager: AsyncCallbackManagerForLLMRun = None, **kwargs
    ):
        async for piece in answer(messages):
            chunk = ChatGenerationChunk(message=AIMessageChunk(content=piece))
            if run_manager:
                await run_manager.on_llm_new_token(piece, chunk=chunk)
            yield chunk


async def speak(state: MessagesState):
    return {"messages": [await ScriptedModel().ainvoke(state["messages"])]}


graph = (
    StateGraph(MessagesState)
    .add_node("speak", speak)
    .add_edge(START, "speak")
    .add_edge("speak", END)
    .compile()
)
