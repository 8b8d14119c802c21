"""An agent on the A2A SDK's own server, line 0.3, written like the executors of its samples.

Settings: `transport`, `JSONRPC` or `HTTP+JSON`.
"""

import asyncio
import base64
import os
import sys

sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from peer_server import listen, serve, settings  # noqa: E402
from scripted_agent import ScriptedSteps  # noqa: E402

import httpx  # noqa: E402
from a2a.server.agent_execution import AgentExecutor  # noqa: E402
from a2a.server.apps import A2ARESTFastAPIApplication, A2AStarletteApplication  # noqa: E402
from a2a.server.request_handlers import DefaultRequestHandler  # noqa: E402
from a2a.server.tasks import (  # noqa: E402
    BasePushNotificationSender,
    InMemoryPushNotificationConfigStore,
    InMemoryTaskStore,
    TaskUpdater,
)
from a2a.types import (  # noqa: E402
    AgentCapabilities,
    AgentCard,
    AgentSkill,
    DataPart,
    FilePart,
    FileWithBytes,
    FileWithUri,
    Part,
    TaskState,
    TextPart,
)
from a2a.utils import new_task  # noqa: E402

transport = settings.get("transport", "JSONRPC")


def part(script):
    if "text" in script:
        return Part(root=TextPart(text=script["text"]))
    if "data" in script:
        return Part(root=DataPart(data=script["data"]))
    about = {"mime_type": script["mediaType"], "name": script["filename"]}
    if "bytes" in script:
        return Part(root=FilePart(file=FileWithBytes(bytes=script["bytes"], **about)))
    return Part(root=FilePart(file=FileWithUri(uri=script["uri"], **about)))


def files_of(message):
    files = [one.root.file for one in message.parts if isinstance(one.root, FilePart)]
    return [
        (one.mime_type, base64.b64decode(one.bytes))
        for one in files
        if isinstance(one, FileWithBytes)
    ]


class Executor(AgentExecutor):
    def __init__(self):
        self.steps = ScriptedSteps(settings.get("behaviours", {}))

    async def execute(self, context, event_queue):
        steps = self.steps.of(
            context.get_user_input(),
            files_of(context.message),
            context.context_id,
            is_follow_up=context.current_task is not None,
        )
        updater = TaskUpdater(event_queue, context.task_id, context.context_id)
        if "message" in steps[0]:
            said = updater.new_agent_message([part(one) for one in steps[0]["message"]])
            said.task_id = None
            await event_queue.enqueue_event(said)
            return
        if context.current_task is None:
            task = new_task(context.message)
            task.id, task.context_id = context.task_id, context.context_id
            await event_queue.enqueue_event(task)
        for step in steps:
            if "waitMs" in step:
                await asyncio.sleep(step["waitMs"] / 1000)
            elif "hang" in step:
                await asyncio.sleep(3600)
            elif "until" in step:
                async with httpx.AsyncClient(timeout=None) as client:
                    await client.get(step["until"])
            elif "artifact" in step:
                await updater.add_artifact(
                    [part(one) for one in step["parts"]],
                    artifact_id=f"{context.task_id}-{step['artifact']}",
                    name=step["artifact"],
                    append=step.get("append", False),
                    last_chunk=step.get("last", False),
                )
            else:
                parts = step.get("parts")
                await updater.update_status(
                    TaskState(step["status"]),
                    message=parts
                    and updater.new_agent_message([part(one) for one in parts], step.get("said")),
                    final=step["status"] in ("input-required", "auth-required"),
                    metadata=step.get("metadata"),
                )

    async def cancel(self, context, event_queue):
        await TaskUpdater(event_queue, context.task_id, context.context_id).cancel()


listener, url = listen()
card = AgentCard(
    name="a2a-sdk",
    description="An agent on the A2A SDK for Python.",
    version="1.0.0",
    url=url,
    preferred_transport=transport,
    capabilities=AgentCapabilities(streaming=True, push_notifications=True),
    default_input_modes=["text/plain"],
    default_output_modes=["text/plain"],
    skills=[AgentSkill(id="test", name="Test", description="Plays a script.", tags=["test"])],
)
push_configs = InMemoryPushNotificationConfigStore()
handler = DefaultRequestHandler(
    agent_executor=Executor(),
    task_store=InMemoryTaskStore(),
    push_config_store=push_configs,
    push_sender=BasePushNotificationSender(httpx.AsyncClient(), push_configs),
)
application = (
    A2AStarletteApplication if transport == "JSONRPC" else A2ARESTFastAPIApplication
)
serve(application(agent_card=card, http_handler=handler).build(), listener, url)
