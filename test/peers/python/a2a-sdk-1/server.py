"""An agent on the A2A SDK's own server, line 1.x, written like the executors of its samples.

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
from a2a.helpers import (  # noqa: E402
    get_message_text,
    new_data_part,
    new_raw_part,
    new_task,
    new_text_part,
    new_url_part,
)
from a2a.server.agent_execution import AgentExecutor  # noqa: E402
from a2a.server.request_handlers import DefaultRequestHandler  # noqa: E402
from a2a.server.routes import (  # noqa: E402
    create_agent_card_routes,
    create_jsonrpc_routes,
    create_rest_routes,
)
from a2a.server.tasks import (  # noqa: E402
    BasePushNotificationSender,
    InMemoryPushNotificationConfigStore,
    InMemoryTaskStore,
    TaskUpdater,
)
from a2a.types import (  # noqa: E402
    AgentCapabilities,
    AgentCard,
    AgentInterface,
    AgentSkill,
    TaskState,
)
from starlette.applications import Starlette  # noqa: E402

transport = settings.get("transport", "JSONRPC")


def part(script):
    if "text" in script:
        return new_text_part(script["text"])
    if "data" in script:
        return new_data_part(script["data"])
    if "bytes" in script:
        raw = base64.b64decode(script["bytes"])
        return new_raw_part(raw, script["mediaType"], script["filename"])
    return new_url_part(script["uri"], script["mediaType"], script["filename"])


def state(name):
    return TaskState.Value("TASK_STATE_" + name.upper().replace("-", "_"))


class Executor(AgentExecutor):
    def __init__(self):
        self.steps = ScriptedSteps(settings.get("behaviours", {}))

    async def execute(self, context, event_queue):
        files = [(one.media_type, one.raw) for one in context.message.parts if one.raw]
        steps = self.steps.of(
            get_message_text(context.message),
            files,
            context.context_id,
            is_follow_up=context.current_task is not None,
        )
        updater = TaskUpdater(event_queue, context.task_id, context.context_id)
        if "message" in steps[0]:
            said = updater.new_agent_message([part(one) for one in steps[0]["message"]])
            said.ClearField("task_id")
            await event_queue.enqueue_event(said)
            return
        if context.current_task is None:
            await event_queue.enqueue_event(
                new_task(
                    context.task_id,
                    context.context_id,
                    TaskState.TASK_STATE_SUBMITTED,
                    history=[context.message],
                )
            )
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
                    state(step["status"]),
                    message=parts
                    and updater.new_agent_message([part(one) for one in parts], step.get("said")),
                    metadata=step.get("metadata"),
                )

    async def cancel(self, context, event_queue):
        await TaskUpdater(event_queue, context.task_id, context.context_id).cancel()


listener, url = listen()
card = AgentCard(
    name="a2a-sdk",
    description="An agent on the A2A SDK for Python.",
    version="1.0.0",
    supported_interfaces=[
        AgentInterface(url=url, protocol_binding=transport, protocol_version="1.0")
    ],
    capabilities=AgentCapabilities(streaming=True, push_notifications=True),
    default_input_modes=["text/plain"],
    default_output_modes=["text/plain"],
    skills=[AgentSkill(id="test", name="Test", description="Plays a script.", tags=["test"])],
)
push_configs = InMemoryPushNotificationConfigStore()


async def any_url(_):
    return True


handler = DefaultRequestHandler(
    agent_executor=Executor(),
    task_store=InMemoryTaskStore(),
    agent_card=card,
    push_config_store=push_configs,
    push_sender=BasePushNotificationSender(httpx.AsyncClient(), push_configs),
    # The receiver of a test is on this machine.
    push_url_validator=any_url,
)
routes = (
    create_jsonrpc_routes(handler, "/")
    if transport == "JSONRPC"
    else create_rest_routes(handler)
)
serve(Starlette(routes=[*create_agent_card_routes(card), *routes]), listener, url)
