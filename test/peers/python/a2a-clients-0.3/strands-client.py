"""`A2AAgent` of Strands, at an agent that is not of Strands.

Reads `{ url, headers, calls: [{ text, metadata }] }` as JSON from the first argument, and prints one
line of JSON: what came of each call.
"""

import asyncio
import json
import sys

import httpx
from a2a.client import ClientConfig, ClientFactory
from a2a.client.middleware import ClientCallInterceptor
from strands.agent.a2a_agent import A2AAgent

settings = json.loads(sys.argv[1])


class Payer(ClientCallInterceptor):
    """Strands has no place for metadata; the A2A SDK below it has."""

    metadata = {}

    async def intercept(self, method_name, request_payload, http_kwargs, agent_card, context):
        message = request_payload["params"].get("message")
        if message is not None and self.metadata:
            message["metadata"] = {**message.get("metadata", {}), **self.metadata}
        return request_payload, http_kwargs


class PayingFactory(ClientFactory):
    def create(self, card, *args, **kwargs):
        return super().create(card, *args, interceptors=[payer], **kwargs)


payer = Payer()


async def main():
    http = httpx.AsyncClient(timeout=60, headers=settings.get("headers", {}))
    agent = A2AAgent(
        endpoint=settings["url"],
        a2a_client_factory=PayingFactory(ClientConfig(httpx_client=http, streaming=True)),
    )
    seen = []
    for call in settings["calls"]:
        payer.metadata = call.get("metadata", {})
        try:
            seen.append(await turn(agent, call["text"]))
        except Exception as error:
            seen.append({"error": f"{type(error).__name__}: {error}"})
    print(json.dumps(seen))


async def turn(agent, text):
    result, task = None, None
    async for event in agent.stream_async(text):
        if "result" in event:
            result = event["result"]
        elif isinstance(event["event"], tuple):
            task = event["event"][0]
    return {
        "text": "".join(block.get("text", "") for block in result.message["content"]),
        "stopReason": result.stop_reason,
        "state": task.status.state.value if task else None,
        "artifacts": [
            "".join(getattr(part.root, "text", "") for part in artifact.parts)
            for artifact in (task.artifacts or [] if task else [])
        ],
    }


asyncio.run(main())
