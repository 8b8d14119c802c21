"""`A2AAgent` of Microsoft's Agent Framework, at an agent that is not of it.

Reads `{ url, headers, calls: [{ text, metadata, streaming, session }] }` as JSON from the first
argument: calls with the same `session` are turns of one conversation. Prints one line of JSON: what came
of each call.
"""

import asyncio
import json
import sys

import httpx
from a2a.client import A2ACardResolver
from agent_framework import Content, Message
from agent_framework.a2a import A2AAgent

settings = json.loads(sys.argv[1])


async def main():
    async with httpx.AsyncClient(timeout=60, headers=settings.get("headers", {})) as http:
        card = await A2ACardResolver(http, settings["url"]).get_agent_card()
        agent = A2AAgent(agent_card=card, http_client=http)
        sessions, seen = {}, []
        for index, call in enumerate(settings["calls"]):
            name = call.get("session", str(index))
            if name not in sessions:
                sessions[name] = agent.create_session()
            message = Message(
                role="user",
                contents=[Content.from_text(call["text"])],
                additional_properties={"a2a": call.get("metadata", {})},
            )
            try:
                seen.append(await turn(agent, message, sessions[name], call.get("streaming", False)))
            except Exception as error:
                seen.append({"error": f"{type(error).__name__}: {error}"})
        print(json.dumps(seen))


async def turn(agent, message, session, streaming):
    chunks = []
    if streaming:
        stream = agent.run(message, stream=True, session=session)
        async for update in stream:
            chunks.append(update.text)
        answer = await stream.get_final_response()
    else:
        answer = await agent.run(message, session=session)
    return {"text": answer.text, "chunks": chunks}


asyncio.run(main())
