"""Google's own a2a-x402 library and the client of the A2A SDK, at an agent that is paid.

Reads its settings as JSON from the first argument, and prints one line of JSON: what it saw.
"""

import asyncio
import json
import os
import sys

settings = json.loads(sys.argv[1])
os.environ["RPC_URL"] = settings["rpcUrl"]

import httpx  # noqa: E402
from a2a.client import A2ACardResolver, A2AClient  # noqa: E402
from a2a.types import (  # noqa: E402
    GetTaskRequest,
    Message,
    MessageSendParams,
    SendMessageRequest,
    SendStreamingMessageRequest,
    Task,
    TaskQueryParams,
)
from eth_account import Account  # noqa: E402
from x402_a2a import X402_EXTENSION_URI  # noqa: E402
from x402_a2a.core.utils import create_payment_submission_message, x402Utils  # noqa: E402
from x402_a2a.core.wallet import process_payment_required  # noqa: E402

utils = x402Utils()
accounts = [Account.from_key(key) for key in settings["keys"]]


def message(text):
    return Message(message_id=text, role="user", parts=[{"kind": "text", "text": text}])


def seen_of(task):
    receipt = utils.get_latest_receipt(task)
    parts = [part.root for artifact in task.artifacts or [] for part in artifact.parts]
    status = utils.get_payment_status(task)
    return {
        "state": task.status.state.value,
        "status": status.value if status else None,
        "text": "".join(getattr(part, "text", "") for part in parts),
        "receipt": receipt.model_dump(by_alias=True) if receipt else None,
        "error": ((task.status.message and task.status.message.metadata) or {}).get(utils.ERROR_KEY),
    }


async def main():
    headers = {"X-A2A-Extensions": X402_EXTENSION_URI}
    async with httpx.AsyncClient(headers=headers, timeout=60) as http:
        card = await A2ACardResolver(http, settings["agentUrl"]).get_agent_card()
        client = A2AClient(http, card)

        async def send(said):
            params = MessageSendParams(message=said)
            answer = await client.send_message(SendMessageRequest(id="1", params=params))
            found = getattr(answer.root, "result", None)
            if not isinstance(found, Task):
                raise RuntimeError(answer.model_dump_json())
            return found

        async def stream(said):
            params = MessageSendParams(message=said)
            task_id = None
            async for event in client.send_message_streaming(
                SendStreamingMessageRequest(id="1", params=params)
            ):
                task_id = event.root.result.id if isinstance(event.root.result, Task) else task_id
            asked = GetTaskRequest(id="2", params=TaskQueryParams(id=task_id))
            return (await client.get_task(asked)).root.result

        declared = [
            {"uri": extension.uri, "required": extension.required}
            for extension in card.capabilities.extensions or []
        ]
        seen = {"declared": declared, "asked": [], "paid": []}
        # Its nonces are those of EIP-2612, which its payments do not use up: an account pays once.
        turns = [(send, accounts[0]), (stream, accounts[1]), (send, accounts[0])]
        for turn, (deliver, account) in enumerate(turns):
            unpaid = await deliver(message(f"poem {turn}"))
            required = utils.get_payment_requirements(unpaid)
            seen["asked"].append(
                {
                    **seen_of(unpaid),
                    "required": required and required.model_dump(by_alias=True),
                }
            )
            if not required:
                continue
            payload = process_payment_required(required, account)
            paid = await deliver(create_payment_submission_message(unpaid.id, payload))
            seen["paid"].append(seen_of(paid))
        print(json.dumps(seen))


asyncio.run(main())
