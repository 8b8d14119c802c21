"""The A2A SDK's own client, line 0.3.

Reads `{ url, headers, goOnUrl, pushUrl, calls: [{ how, text, metadata }] }` as JSON from the first
argument, and prints one line of JSON: what came of each call. `how` is one of `send`, `stream`, `listen`
(streams, and listens to its task a second time), `cancel`, `push`, `ask` (for the task, by its id), `turns`
(says `next` on the same task).
"""

import asyncio
import json
import sys
import uuid

import httpx
from a2a.client import A2ACardResolver, ClientConfig, ClientFactory
from a2a.types import (
    GetTaskPushNotificationConfigParams,
    Message,
    Part,
    PushNotificationConfig,
    Role,
    TaskIdParams,
    TaskPushNotificationConfig,
    TaskQueryParams,
    TextPart,
)

settings = json.loads(sys.argv[1])


def text_of(parts):
    return "".join(getattr(part.root, "text", "") for part in parts)


def seen_of(task):
    if isinstance(task, Message):
        return {"message": text_of(task.parts)}
    said = task.status.message
    return {
        "state": task.status.state.value,
        "text": "".join(text_of(artifact.parts) for artifact in task.artifacts or []),
        "said": text_of(said.parts) if said else "",
        "kinds": [part.root.kind for one in task.artifacts or [] for part in one.parts],
    }


class Caller:
    def __init__(self, http, card):
        self.http = http
        self.clients = {
            streaming: ClientFactory(
                ClientConfig(httpx_client=http, streaming=streaming)
            ).create(card)
            for streaming in (True, False)
        }

    def begin(self, call, streaming, **more):
        message = Message(
            message_id=str(uuid.uuid4()),
            role=Role.user,
            parts=[Part(root=TextPart(text=call["text"]))],
            metadata=call.get("metadata"),
            **more,
        )
        return self.clients[streaming].send_message(message)

    async def send(self, call):
        async for event in self.begin(call, False):
            last = event[0] if isinstance(event, tuple) else event
        return seen_of(last)

    async def turns(self, call):
        async for task, _ in self.begin(call, False):
            pass
        ids = {"task_id": task.id, "context_id": task.context_id}
        async for task, _ in self.begin({**call, "text": call["next"]}, False, **ids):
            pass
        return {**seen_of(task), "isSameTask": task.id == ids["task_id"]}

    async def ask(self, call):
        async for task, _ in self.begin(call, False):
            pass
        return seen_of(await self.clients[False].get_task(TaskQueryParams(id=task.id)))

    async def stream(self, call, on_update=None, on_artifact=None):
        states, chunks, last = [], [], None
        async for event in self.begin(call, True):
            if isinstance(event, Message):
                return seen_of(event)
            last, update = event
            if update is not None and on_update is not None:
                on_update(last.id)
                on_update = None
            if update is not None and update.kind == "artifact-update":
                chunks.append(text_of(update.artifact.parts))
                if on_artifact is not None:
                    on_artifact(last.id)
                    on_artifact = None
            elif update is not None:
                states.append(update.status.state.value)
        return {**seen_of(last), "states": states, "chunks": chunks}

    async def listen(self, call):
        heard = []

        async def again(task_id):
            async for task, update in self.clients[True].resubscribe(TaskIdParams(id=task_id)):
                heard.append(update.kind if update else "task")
                # It is there: the agent goes on.
                await self.http.post(settings["goOnUrl"])
            heard.append(task.status.state.value)

        listening = []
        seen = await self.stream(
            call, on_update=lambda task_id: listening.append(asyncio.create_task(again(task_id)))
        )
        await asyncio.gather(*listening)
        return {**seen, "heard": heard}

    async def cancel(self, call):
        canceling = []

        def cancel(task_id):
            asking = self.clients[True].cancel_task(TaskIdParams(id=task_id))
            canceling.append(asyncio.create_task(asking))

        seen = await self.stream(call, on_artifact=cancel)
        [answer] = await asyncio.gather(*canceling)
        return {**seen, "canceled": seen_of(answer)["state"]}

    async def push(self, call):
        configs = []

        async def register(task_id):
            client = self.clients[True]
            config = PushNotificationConfig(id="own", url=settings["pushUrl"], token="t-1")
            wanted = TaskPushNotificationConfig(task_id=task_id, push_notification_config=config)
            configs.append(await client.set_task_callback(wanted))
            known = GetTaskPushNotificationConfigParams(id=task_id, push_notification_config_id="own")
            configs.append(await client.get_task_callback(known))
            await self.http.post(settings["goOnUrl"])

        registering = []

        def begin(task_id):
            registering.append(asyncio.create_task(register(task_id)))

        seen = await self.stream(call, on_update=begin)
        await asyncio.gather(*registering)
        return {**seen, "configs": [one.push_notification_config.url for one in configs]}


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
