/**
 * What LiteLLM's gateway, in one version or another, does to its callers. Each has its number in
 * BerriAI/litellm's issues where somebody has complained of it.
 */
export const quirks = {
  'NDJSON streams': 'up to v1.93.0 (#20278, #35027)',
  'one JSON object to a stream': 'agents on Bedrock AgentCore',
  'comments and [DONE]': 'keepalives against idle proxies (#37368)',
  'stream ends before the task': 'the upstream line broke',
  'stream stays open after the task': 'the upstream agent does not close',
  'pinned to 1.0': '1.0 answers to 0.3 requests: the pin wins',
  'pinned to 0.3': '0.3 answers to 1.0 requests: the pin wins',
  'schemas mixed': 'what cannot be converted passes as it came',
  'card says 1.0, wire is 0.3': 'before #30950 (#30795)',
  'card names another address': 'http:// behind TLS, or the agent itself (#20604, #20858)',
  'no card': 'registered without one',
  'string ids only': 'a number is answered with HTTP 500',
  'refuses null': 'fasta2a agents (#28577)',
  'demands kind': 'older bridges (#28577)',
  'moves params': 'those that LiteLLM has a parameter for',
  'trace id becomes contextId': 'on `message/send`',
  'demands a long contextId': 'AgentCore sessions: 33 to 256 characters (#39371)',
  'sets cookies': 'one HTTP client for all callers (#35978)',
  'demands a trace id': '`require_trace_id_on_calls_to_agent`',
  'agent unknown at first': 'instances that differ (#22177, #33062, #36263)',
  'bridge to a model': '"Processing request…", no memory, no files, no tasks',
  'streams in slices': 'Pydantic AI agents: a whole answer, cut up',
  'guardrail rewrites the stream': 'all text in the first chunk, the others blank',
  'tasks cannot be asked for': 'before mid-2026 (#26411)',
  'no streaming behind it': '`message/stream` is forced, and fails (#28577)',
} as const;

export type Quirk = keyof typeof quirks;

export const quirkNames = Object.keys(quirks).filter(isQuirk);

function isQuirk(name: string): name is Quirk {
  return Object.hasOwn(quirks, name);
}

/** How the gateway turns a call away. */
export interface Refusal {
  /** What it is about, for the documentation. */
  means: string;
  status: number;
  body: object | string;
  /** A streaming call gets the same body as the first event of a stream, with HTTP 200. */
  inStream?: boolean;
}

const rpcError = (code: number, message: string) => ({
  jsonrpc: '2.0',
  id: '1',
  error: { code, message },
});

const budgetExceeded = (code: string) => ({
  error: {
    message: 'Budget has been exceeded! Current cost: 2, Max budget: 1',
    type: 'budget_exceeded',
    param: null,
    code,
  },
});

export const refusals = {
  'wrong key': {
    means: 'LiteLLM’s own error body',
    status: 401,
    body: {
      error: {
        message: 'Authentication Error, No such key.',
        type: 'auth_error',
        param: 'None',
        code: '401',
      },
    },
  },
  'no database': {
    means: 'LiteLLM’s own error body, for any key but the master key',
    status: 400,
    body: {
      error: { message: 'No connected db.', type: 'no_db_connection', param: null, code: '400' },
    },
  },
  'not allowed': {
    means: 'FastAPI’s detail',
    status: 403,
    body: {
      detail: "Agent 'scraper' is not allowed for your key/team. Contact proxy admin for access.",
    },
  },
  'detail that is an object': {
    means: 'FastAPI’s detail, as the registry writes it',
    status: 403,
    body: { detail: { error: 'forbidden', message: 'Agents are switched off for this team.' } },
  },
  'detail that is a list': {
    means: 'FastAPI’s validation',
    status: 422,
    body: { detail: [{ loc: ['body'], msg: 'Field required', type: 'missing' }] },
  },
  'budget exceeded': {
    means: 'a key’s, a session’s or an agent’s',
    status: 422,
    body: budgetExceeded('422'),
  },
  'budget exceeded, in older gateways': {
    means: 'and where `budget_exceeded_status_code` says so',
    status: 429,
    body: budgetExceeded('429'),
  },
  'unknown agent': {
    means: 'on every instance',
    status: 404,
    body: rpcError(-32000, "Agent 'scraper' not found"),
  },
  'no such route': {
    means: 'a gateway from before v1.80.8',
    status: 404,
    body: { detail: 'Not Found' },
  },
  'invalid params': {
    means: 'JSON-RPC in HTTP 400; in HTTP 200 when streaming',
    status: 400,
    body: rpcError(-32602, 'Invalid params'),
    inStream: true,
  },
  'agent without an address': {
    means: 'JSON-RPC in HTTP 500',
    status: 500,
    body: rpcError(-32000, "Agent 'scraper' has no URL configured"),
  },
  'agent fails inside': {
    means: 'JSON-RPC in HTTP 500; in HTTP 200 when streaming',
    status: 500,
    body: rpcError(-32603, 'Internal error: connection refused'),
    inStream: true,
  },
  'out of time': {
    means: 'LiteLLM’s own error body (#25514)',
    status: 408,
    body: { error: { message: 'litellm.Timeout: 60 s', type: 'timeout', code: '408' } },
  },
  'no gateway at all': {
    means: 'the page of a proxy before it',
    status: 502,
    body: '<html><body>502 Bad Gateway</body></html>',
  },
  'error in HTTP 200': {
    means: 'JSON-RPC as the specification has it',
    status: 200,
    body: rpcError(-32603, 'Internal error: upstream timed out'),
    inStream: true,
  },
} as const satisfies Record<string, Refusal>;

export type RefusalName = keyof typeof refusals;
