"""What the agents and models of the servers beside this file say, without any network.

The first words of a text choose, as in behaviours.ts.
"""

import asyncio


async def scripted_answer(texts, files=()):
    """Yields the pieces of an answer.

    `texts` are all user texts that the model was shown, oldest first; `files` are pairs of media type
    and bytes that came with the last one.
    """
    asked = texts[-1].strip() if texts else ""
    if asked == "fails":
        raise RuntimeError("The oven is cold.")
    if asked == "completes":
        pieces = ["Hello, ", "wörld ", "🌍!"]
    elif asked == "recall":
        pieces = ["I heard: ", " | ".join(text.strip() for text in texts)]
    elif asked == "files":
        pieces = [", ".join(f"{kind} {len(data)} bytes" for kind, data in files) or "no files"]
    elif asked == "slow":
        pieces = ["one ", "two ", "three"]
    elif asked == "hangs":
        pieces = ["Half of ", None]
    else:
        pieces = [f"You said {asked}."]
    for index, piece in enumerate(pieces):
        if index > 0:
            # One event before the next, as a model at work would.
            await asyncio.sleep(0.3 if asked == "slow" else 0.02)
        if piece is None:
            await asyncio.sleep(3600)
        else:
            yield piece


class ScriptedSteps:
    """The steps of behaviours.ts for an executor, and what its conversations were told."""

    def __init__(self, behaviours):
        self.behaviours = behaviours
        self.heard = {}

    def of(self, text, files, context_id, is_follow_up):
        """`files` are pairs of media type and bytes."""
        heard = self.heard.setdefault(context_id, [])
        heard.append(text)
        if is_follow_up:
            said = f"You said {text}."
        elif text in self.behaviours:
            return self.behaviours[text]
        elif text == "recall":
            said = "I heard: " + " | ".join(heard)
        elif text == "files":
            said = ", ".join(f"{kind} {len(data)} bytes" for kind, data in files) or "no files"
        else:
            said = f"You said {text}."
        return [
            {"artifact": "answer", "parts": [{"text": said}]},
            {"status": "completed"},
        ]
