"""Keys without a database: LiteLLM's own way to ask somebody else who is calling.

`sk-any` may call every agent, `sk-only-ID` that agent, `sk-once` once a minute, `sk-poor` has no budget
left. Each is refused, or not, by LiteLLM.
"""

import litellm
from litellm.proxy._types import (
    LiteLLM_ObjectPermissionTable,
    LitellmUserRoles,
    ProxyException,
    UserAPIKeyAuth,
)


async def user_api_key_auth(request, api_key):
    if api_key == "sk-any":
        return UserAPIKeyAuth(api_key=api_key, user_role=LitellmUserRoles.PROXY_ADMIN)
    if api_key.startswith("sk-only-"):
        allowed = LiteLLM_ObjectPermissionTable(
            object_permission_id="one", agents=[api_key.removeprefix("sk-only-")]
        )
        return UserAPIKeyAuth(api_key=api_key, object_permission=allowed)
    if api_key == "sk-once":
        return UserAPIKeyAuth(api_key=api_key, rpm_limit=1)
    if api_key == "sk-poor":
        raise litellm.BudgetExceededError(current_cost=2, max_budget=1)
    raise ProxyException("Authentication Error, No such key.", "auth_error", "None", 401)
