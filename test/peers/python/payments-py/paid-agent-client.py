"""Nevermined's own A2A client, at an agent that is not of Nevermined's own server.

Reads its settings as JSON from the first argument, and prints one line of JSON: what it saw.
"""

import asyncio
import json
import os
import sys

settings = json.loads(sys.argv[1])
os.environ["NVM_BACKEND_URL"] = settings["backendUrl"]

from a2a.types import Message, MessageSendParams  # noqa: E402
from payments_py import PaymentOptions, Payments  # noqa: E402
from payments_py.x402.types import CreateDelegationPayload, DelegationConfig  # noqa: E402

payments = Payments.get_instance(PaymentOptions(nvm_api_key=settings["apiKey"]))
plan, agent = settings["planId"], settings["agentId"]


def message(text):
    parts = [{"kind": "text", "text": text}]
    return MessageSendParams(message=Message(message_id=text, role="user", parts=parts))


def balance():
    return payments.plans.get_plan_balance(plan).balance


def seen_of(task):
    parts = [part.root for artifact in task.artifacts or [] for part in artifact.parts]
    return {
        "state": task.status.state.value,
        "text": "".join(getattr(part, "text", "") for part in parts),
        "balance": balance(),
    }


def task_of(answer):
    found = answer[0] if isinstance(answer, tuple) else answer
    return getattr(getattr(found, "root", found), "result", found)


async def main():
    payments.plans.order_plan(plan)
    delegation = payments.delegation.create_delegation(
        CreateDelegationPayload(
            provider="erc4337", spending_limit_cents=1000, duration_secs=3600, currency="usdc"
        )
    )
    config = DelegationConfig(delegation_id=delegation.delegation_id)
    seen = {"sent": [], "streamed": [], "forged": []}

    def client_of(version):
        return payments.a2a["get_client"](
            agent_base_url=settings["agentUrl"],
            agent_id=agent,
            plan_id=plan,
            delegation_config=config,
            **({"token_version": version} if version else {}),
        )

    for version in (None, 3):
        client = client_of(version)
        capabilities = client._get_client()._card.capabilities
        # It takes every agent for one that streams, and hands back the first event alone.
        capabilities.streaming = False
        answer = await client.send_message(message(f"send {version}"))
        capabilities.streaming = True
        seen["sent"].append(seen_of(task_of(answer)))
        last = None
        async for event in client.send_message_stream(message(f"stream {version}")):
            last = task_of(event)
        seen["streamed"].append(seen_of(last))

    forger = client_of(None)

    async def forged():
        return settings["forged"]

    forger._get_access_token = forged
    try:
        answer = await forger.send_message(message("forged"))
        seen["forged"].append(seen_of(task_of(answer)))
    except Exception as error:
        seen["forged"].append({"error": str(error), "balance": balance()})
    print(json.dumps(seen))


asyncio.run(main())
