"""`RemoteA2aAgent` of Google's ADK, at an agent that is not of ADK, over either line of the A2A SDK.

Reads `{ url, headers, streaming, calls: [{ text, metadata, session }] }` as JSON from the first argument:
calls with the same `session` are turns of one conversation. Prints one line of JSON: what came of each.
"""

import asyncio
import json
import sys

import httpx
from a2a.client import ClientConfig, ClientFactory
from google.adk.a2a.agent.config import A2aRemoteAgentConfig, RequestInterceptor
from google.adk.agents.remote_a2a_agent import RemoteA2aAgent
from google.adk.runners import InMemoryRunner
from google.genai import types

settings = json.loads(sys.argv[1])
metadata = {}


async def pay(context, message, parameters):
    """ADK's own way to change a message before it is sent."""
    if hasattr(message.metadata, "update"):
        message.metadata.update(metadata)
    else:
        message.metadata = dict(metadata)
    return message, parameters


async def main():
    http = httpx.AsyncClient(timeout=60, headers=settings.get("headers", {}))
    agent = RemoteA2aAgent(
        name="remote",
        agent_card=settings["url"] + ".well-known/agent-card.json",
        a2a_client_factory=ClientFactory(
            ClientConfig(httpx_client=http, streaming=settings.get("streaming", True))
        ),
        config=A2aRemoteAgentConfig(request_interceptors=[RequestInterceptor(before_request=pay)]),
    )
    runner = InMemoryRunner(agent=agent, app_name="tests")
    sessions = {}
    seen = []
    for index, call in enumerate(settings["calls"]):
        name = call.get("session", str(index))
        if name not in sessions:
            sessions[name] = await runner.session_service.create_session(
                app_name="tests", user_id="user"
            )
        metadata.clear()
        metadata.update(call.get("metadata", {}))
        content = types.Content(role="user", parts=[types.Part(text=call["text"])])
        seen.append(await turn(runner, sessions[name].id, content))
    print(json.dumps(seen))


async def turn(runner, session_id, content):
    # What is not partial is what the session keeps.
    kept, shown, thoughts, errors = [], [], [], []
    task = {}
    async for event in runner.run_async(
        user_id="user", session_id=session_id, new_message=content
    ):
        for part in event.content.parts if event.content else []:
            if part.text:
                (thoughts if part.thought else shown if event.partial else kept).append(part.text)
        if event.error_message:
            errors.append(event.error_message)
        task = (event.custom_metadata or {}).get("a2a:response", task)
    return {
        "kept": kept,
        "shown": shown,
        "thoughts": thoughts,
        "errors": errors,
        "state": task.get("status", {}).get("state", "").removeprefix("TASK_STATE_").lower(),
        "contextId": task.get("contextId", task.get("context_id")),
    }


asyncio.run(main())
