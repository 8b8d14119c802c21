"""Nevermined's own A2A client, and its calls of the backend.

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
from payments_py.x402.token import decode_access_token  # noqa: E402
from payments_py.x402.types import CreateDelegationPayload, DelegationConfig, X402TokenOptions  # noqa: E402

payments = Payments.get_instance(PaymentOptions(nvm_api_key=settings["apiKey"]))
plan, agent = settings["planId"], settings["agentId"]


def message(text):
    parts = [{"kind": "text", "text": text}]
    return MessageSendParams(message=Message(message_id=text, role="user", parts=parts))


def balance():
    return payments.plans.get_plan_balance(plan).balance


async def main():
    seen = {"before": balance(), "plan": payments.plans.get_plan(plan)["id"]}
    seen["ordered"] = payments.plans.order_plan(plan)["success"]
    delegation = payments.delegation.create_delegation(
        CreateDelegationPayload(
            provider="erc4337", spending_limit_cents=1000, duration_secs=3600, currency="usdc"
        )
    )
    seen["delegations"] = [found.status for found in payments.delegation.list_delegations()]
    config = DelegationConfig(delegation_id=delegation.delegation_id)
    token = payments.x402.get_x402_access_token(
        plan, agent, token_options=X402TokenOptions(delegation_config=config)
    )
    seen["version"] = token["tokenVersion"]
    seen["scheme"] = decode_access_token(token["accessToken"])["accepted"]["scheme"]

    for version in (None, 3):
        client = payments.a2a["get_client"](
            agent_base_url=settings["agentUrl"],
            agent_id=agent,
            plan_id=plan,
            delegation_config=config,
            **({"token_version": version} if version else {}),
        )
        for turn in ("one", "two"):
            states = []
            async for event in client.send_message_stream(message(f"{turn} {version}")):
                task = event[0] if isinstance(event, tuple) else event
                states.append(task.status.state.value)
            seen.setdefault("states", []).append(states[-1])
            seen.setdefault("balances", []).append(balance())
    print(json.dumps(seen))


asyncio.run(main())
