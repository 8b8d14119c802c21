"""The A2A SDK's own client, line 1.x.

Reads `{ url, headers, binding, goOnUrl, pushUrl, calls: [{ how, text, metadata }] }` as JSON from the
first argument, and prints one line of JSON: what came of each call. `how` is one of `send`, `stream`,
`listen` (streams, and listens to its task a second time), `cancel`, `push`, `ask` (for the task, by its
id), `turns` (says `next` on the same task).
"""

import asyncio
import json
import sys
import uuid

import httpx
from a2a.client import A2ACardResolver, ClientConfig, ClientFactory
from a2a.types import (
    CancelTaskRequest,
    GetTaskPushNotificationConfigRequest,
    GetTaskRequest,
    Message,
    Part,
    Role,
    SendMessageRequest,
    SubscribeToTaskRequest,
    TaskPushNotificationConfig,
    TaskState,
)

settings = json.loads(sys.argv[1])


def text_of(parts):
    return "".join(part.text for part in parts)


def state_of(status):
    return TaskState.Name(status.state).removeprefix("TASK_STATE_").lower().replace("_", "-")


def seen_of(task):
    if isinstance(task, Message):
        return {"message": text_of(task.parts)}
    return {
        "state": state_of(task.status),
        "text": "".join(text_of(artifact.parts) for artifact in task.artifacts),
        "said": text_of(task.status.message.parts),
        "kinds": [part.WhichOneof("content") for one in task.artifacts for part in one.parts],
    }


class Caller:
    def __init__(self, http, card):
        self.http = http
        binding = settings.get("binding", "JSONRPC")
        self.clients = {
            streaming: ClientFactory(
                ClientConfig(
                    httpx_client=http,
                    streaming=streaming,
                    supported_protocol_bindings=[binding],
                )
            ).create(card)
            for streaming in (True, False)
        }

    def begin(self, call, streaming, **more):
        message = Message(
            message_id=str(uuid.uuid4()),
            role=Role.ROLE_USER,
            parts=[Part(text=call["text"])],
            metadata=call.get("metadata"),
            **more,
        )
        return self.clients[streaming].send_message(SendMessageRequest(message=message))

    async def sent(self, call, **more):
        async for event in self.begin(call, False, **more):
            last = getattr(event, event.WhichOneof("payload"))
        return last

    async def send(self, call):
        return seen_of(await self.sent(call))

    async def turns(self, call):
        first = await self.sent(call)
        ids = {"task_id": first.id, "context_id": first.context_id}
        task = await self.sent({**call, "text": call["next"]}, **ids)
        return {**seen_of(task), "isSameTask": task.id == first.id}

    async def ask(self, call):
        task = await self.sent(call)
        return seen_of(await self.clients[False].get_task(GetTaskRequest(id=task.id)))

    async def stream(self, call, on_update=None, on_artifact=None):
        states, chunks, task_id = [], [], ""
        async for event in self.begin(call, True):
            payload = event.WhichOneof("payload")
            if payload.endswith("_update") and on_update is not None:
                on_update(task_id)
                on_update = None
            if payload == "message":
                return seen_of(event.message)
            if payload == "task":
                task_id = event.task.id
            elif payload == "status_update":
                states.append(state_of(event.status_update.status))
            elif payload == "artifact_update":
                chunks.append(text_of(event.artifact_update.artifact.parts))
                if on_artifact is not None:
                    on_artifact(task_id)
                    on_artifact = None
        last = await self.clients[False].get_task(GetTaskRequest(id=task_id))
        return {**seen_of(last), "states": states, "chunks": chunks}

    async def listen(self, call):
        heard = []

        async def again(task_id):
            last = ""
            async for event in self.clients[True].subscribe(SubscribeToTaskRequest(id=task_id)):
                payload = event.WhichOneof("payload")
                heard.append(payload.replace("_", "-"))
                if payload == "status_update":
                    last = state_of(event.status_update.status)
                # It is there: the agent goes on.
                await self.http.post(settings["goOnUrl"])
            heard.append(last)

        listening = []
        seen = await self.stream(
            call, on_update=lambda task_id: listening.append(asyncio.create_task(again(task_id)))
        )
        await asyncio.gather(*listening)
        return {**seen, "heard": heard}

    async def cancel(self, call):
        canceling = []

        def cancel(task_id):
            asking = self.clients[True].cancel_task(CancelTaskRequest(id=task_id))
            canceling.append(asyncio.create_task(asking))

        seen = await self.stream(call, on_artifact=cancel)
        [answer] = await asyncio.gather(*canceling)
        return {**seen, "canceled": seen_of(answer)["state"]}

    async def push(self, call):
        configs = []

        async def register(task_id):
            client = self.clients[True]
            config = TaskPushNotificationConfig(
                task_id=task_id, id="own", url=settings["pushUrl"], token="t-1"
            )
            configs.append(await client.create_task_push_notification_config(config))
            known = GetTaskPushNotificationConfigRequest(task_id=task_id, id="own")
            configs.append(await client.get_task_push_notification_config(known))
            await self.http.post(settings["goOnUrl"])

        registering = []

        def begin(task_id):
            registering.append(asyncio.create_task(register(task_id)))

        seen = await self.stream(call, on_update=begin)
        await asyncio.gather(*registering)
        return {**seen, "configs": [one.url for one in configs]}


async def main():
    async with httpx.AsyncClient(timeout=60, headers=settings.get("headers", {})) as http:
        card = await A2ACardResolver(http, settings["url"]).get_agent_card()
        caller = Caller(http, card)
        seen = []
        for call in settings["calls"]:
            try:
                seen.append(await getattr(caller, call["how"])(call))
            except Exception as error:
                seen.append({"error": f"{type(error).__name__}: {error}"})
        print(json.dumps(seen))


asyncio.run(main())
