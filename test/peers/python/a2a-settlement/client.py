"""What the exchange's own client sees of an exchange, step by step.

Settings: `exchangeUrl`, `signs` (each request is signed). Prints what came back, by step: the body, or
the status and the body of a refusal.
"""

import json
import sys
import uuid

import httpx
from a2a_settlement.client import SettlementExchangeClient

settings = json.loads(sys.argv[1])
seen = {}


def step(name, call):
    try:
        seen[name] = call()
    except httpx.HTTPStatusError as error:
        seen[name] = {"status": error.response.status_code, **error.response.json()}
    return seen[name]


def client(key=None):
    return SettlementExchangeClient(
        settings["exchangeUrl"], key, sign_requests=settings.get("signs", False)
    )


def register(name):
    return client().register_account(
        bot_name=f"{name}-{uuid.uuid4().hex[:8]}",
        developer_id=name,
        developer_name=name,
        contact_email=f"{name}@example.com",
        skills=["poems"],
    )


registered = step("register", lambda: register("payer"))
payer = client(registered["api_key"])
sold = register("seller")
seller = client(sold["api_key"])
seller_id = sold["account"]["id"]


def hold(name, amount=10, **more):
    return step(name, lambda: payer.create_escrow(provider_id=seller_id, amount=amount, **more))


step("deposit", lambda: payer.deposit(amount=900))
step("balance", payer.get_balance)
step("account", lambda: client().get_account(account_id=seller_id))
step("directory", lambda: client().directory(skill="poems"))

one = hold("escrow", task_id="t-1", task_type="poem", ttl_minutes=5, idempotency_key="k-1")
hold("the same again", task_id="t-1", task_type="poem", ttl_minutes=5, idempotency_key="k-1")
hold("another under its key", amount=11, task_id="t-1", idempotency_key="k-1")
hold("another of its task", task_id="t-1")
hold("too much", amount=9000)
escrow_id = one["escrow_id"]
step("get", lambda: seller.get_escrow(escrow_id=escrow_id))
step("find", lambda: payer.list_escrows(task_id="t-1", status="held"))
step("release by the seller", lambda: seller.release_escrow(escrow_id=escrow_id))
step("deliver by the payer", lambda: payer.deliver(escrow_id=escrow_id, content="A poem."))
step("deliver", lambda: seller.deliver(escrow_id=escrow_id, content="A poem."))
step("release", lambda: payer.release_escrow(escrow_id=escrow_id, idempotency_key="k-2"))
step("release with its key", lambda: payer.release_escrow(escrow_id=escrow_id, idempotency_key="k-2"))
step("release again", lambda: payer.release_escrow(escrow_id=escrow_id))
step("refund after that", lambda: payer.refund_escrow(escrow_id=escrow_id))

two = hold("escrow to give back", amount=401)
step("refund", lambda: payer.refund_escrow(escrow_id=two["escrow_id"], reason="too late"))
step("refund again", lambda: payer.refund_escrow(escrow_id=two["escrow_id"]))
step("release after that", lambda: payer.release_escrow(escrow_id=two["escrow_id"]))

three = hold("escrow to divide", amount=100)
step("half", lambda: payer.partial_release(escrow_id=three["escrow_id"], release_percent=50))

four = hold("escrow to dispute", amount=20)
step(
    "dispute",
    lambda: payer.dispute_escrow(escrow_id=four["escrow_id"], reason="no poem", stake_amount=10),
)
step("release in dispute", lambda: payer.release_escrow(escrow_id=four["escrow_id"]))

step(
    "batch",
    lambda: payer.batch_create_escrow(
        escrows=[
            {"provider_id": seller_id, "amount": 5, "task_id": "b-1"},
            {"provider_id": seller_id, "amount": 6, "task_id": "b-2", "depends_on": ["$0"]},
        ]
    ),
)
batch = [held["escrow_id"] for held in seen["batch"]["escrows"]]
step("release before what it depends on", lambda: payer.release_escrow(escrow_id=batch[1]))
step("release in order", lambda: [payer.release_escrow(escrow_id=one_of) for one_of in batch])

step("transactions", lambda: payer.get_transactions(limit=50))
step("nobody", lambda: client("ate_" + "0" * 32).get_balance())
step("escrow of nobody", lambda: payer.get_escrow(escrow_id=str(uuid.uuid4())))
step("stats", client().stats)
step("activity", lambda: client().recent_activity(limit=50))
step("skills", lambda: payer.update_skills(skills=["buying"]))
step("balance at the end", payer.get_balance)
step("earned", seller.get_balance)
print(json.dumps(seen))
