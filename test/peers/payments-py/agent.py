"""An agent on Nevermined's own A2A server: `a2a_requires_payment` and `PaymentsA2AServer`.

Reads its settings as JSON from the first argument, prints the port it listens on, serves until it is
ended. What a message says is what the agent does.
"""

import asyncio
import json
import os
import socket
import sys

settings = json.loads(sys.argv[1])
os.environ["NVM_BACKEND_URL"] = settings["backendUrl"]

from payments_py import PaymentOptions, Payments  # noqa: E402
from payments_py.a2a.agent_card import build_payment_agent_card  # noqa: E402
from payments_py.a2a.decorator import AgentResponse, a2a_requires_payment  # noqa: E402

payments = Payments.get_instance(PaymentOptions(nvm_api_key=settings["apiKey"]))
listener = socket.socket()
listener.bind(("127.0.0.1", 0))
port = listener.getsockname()[1]

card = build_payment_agent_card(
    {
        "name": "payments-py",
        "description": "An agent of Nevermined's Python SDK.",
        "url": f"http://127.0.0.1:{port}/",
        "version": "1.0.0",
        "protocolVersion": "0.3.0",
        "preferredTransport": "JSONRPC",
        "capabilities": {"streaming": True, "pushNotifications": False},
        "defaultInputModes": ["text/plain"],
        "defaultOutputModes": ["text/plain"],
        "skills": [{"id": "echo", "name": "Echo", "description": "Echoes.", "tags": ["test"]}],
    },
    {
        "paymentType": "fixed",
        "credits": 5,
        "agentId": settings["agentId"],
        "costDescription": "5 credits a call",
        **settings["plans"],
    },
)


@a2a_requires_payment(payments=payments, agent_card=card, default_credits=5)
async def agent(context):
    text = context.get_user_input()
    if text == "fail":
        raise RuntimeError("The agent broke.")
    if text == "overcharge":
        return AgentResponse(text="dear", credits_used=77)
    if text == "free":
        return AgentResponse(text="free", credits_used=0)
    if text == "slow":
        await asyncio.sleep(1)
    return AgentResponse(text=f"Echo: {text}")


async def main():
    started = agent.create_server(port=port)
    started.server.config.log_level = "warning"
    serving = asyncio.create_task(started.server.serve(sockets=[listener]))
    while not started.server.started:
        await asyncio.sleep(0.05)
    print(json.dumps({"port": port}), flush=True)
    await serving


asyncio.run(main())
