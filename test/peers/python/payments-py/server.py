"""An agent on Nevermined's own A2A server: `a2a_requires_payment` and `PaymentsA2AServer`.

What a message says is what the agent does.
"""

import asyncio
import os
import sys

sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from peer_server import end_with_parent, listen, say_ready, settings  # noqa: E402

os.environ["NVM_BACKEND_URL"] = settings["backendUrl"]

from payments_py import PaymentOptions, Payments  # noqa: E402
from payments_py.a2a.agent_card import build_payment_agent_card  # noqa: E402
from payments_py.a2a.decorator import AgentResponse, a2a_requires_payment  # noqa: E402

payments = Payments.get_instance(PaymentOptions(nvm_api_key=settings["apiKey"]))
listener, url = listen()

card = build_payment_agent_card(
    {
        "name": "payments-py",
        "description": "An agent of Nevermined's Python SDK.",
        "url": f"{url}/",
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
    started = agent.create_server(port=listener.getsockname()[1])
    started.server.config.log_level = "warning"
    serving = asyncio.create_task(started.server.serve(sockets=[listener]))
    while not started.server.started:
        await asyncio.sleep(0.05)
    end_with_parent()
    say_ready(url)
    await serving


asyncio.run(main())
