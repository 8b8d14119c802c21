"""A model for Strands agents that says what is scripted."""

from scripted_agent import scripted_answer
from strands.models import Model


class ScriptedModel(Model):
    def update_config(self, **model_config):
        pass

    def get_config(self):
        return {}

    async def structured_output(self, output_model, prompt, system_prompt=None, **kwargs):
        raise NotImplementedError
        yield

    async def stream(self, messages, *args, **kwargs):
        said = [one["content"] for one in messages if one["role"] == "user"]
        texts = ["".join(block.get("text", "") for block in blocks) for blocks in said]
        kinds = {"image": "image", "document": "application"}
        files = [
            (f"{kinds[kind]}/{block[kind]['format']}", block[kind]["source"]["bytes"])
            for block in said[-1]
            for kind in kinds
            if kind in block
        ]
        yield {"messageStart": {"role": "assistant"}}
        yield {"contentBlockStart": {"start": {}}}
        async for piece in scripted_answer(texts, files):
            yield {"contentBlockDelta": {"delta": {"text": piece}}}
        yield {"contentBlockStop": {}}
        yield {"messageStop": {"stopReason": "end_turn"}}
        usage = {"inputTokens": 5, "outputTokens": 2, "totalTokens": 7}
        yield {"metadata": {"usage": usage, "metrics": {"latencyMs": 1}}}
