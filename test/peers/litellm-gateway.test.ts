import { afterEach, beforeEach, expect, test } from 'vitest';
import { gatewayAgent, startLiteLLMGateway, type LiteLLMGateway } from './litellm-gateway';
import { quirkNames, refusals, type Quirk } from './litellm-gateway-quirks';
import type { Peer } from './peer';
import { startSdk03Peer } from './sdk-0.3-peer';

/** A fixture is worth what it reproduces: each quirk, seen by a client that knows nothing of it. */
let agent: Peer;
let gateway: LiteLLMGateway;
beforeEach(async () => {
  agent = await startSdk03Peer();
});
afterEach(async () => {
  await gateway.close();
  await agent.close();
});

const text = 'completes';
const sent = {
  kind: 'message',
  role: 'user',
  messageId: 'm-1',
  contextId: 'c-1',
  parts: [{ kind: 'text', text }],
};

async function post(
  method: string,
  params: object = { message: sent },
  { id = '1' as unknown, headers = {} } = {},
) {
  const response = await fetch(`${gateway.url}/a2a/${gatewayAgent.name}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${gateway.key}`, ...headers },
    body: JSON.stringify({ jsonrpc: '2.0', id, method, params }),
  });
  return response;
}

const said = async (response: Promise<Response>) => (await response).text();
const card = async () =>
  fetch(`${gateway.url}/a2a/${gatewayAgent.name}/.well-known/agent-card.json`, {
    headers: { authorization: `Bearer ${gateway.key}` },
  });

const send = async (options?: object) => said(post('message/send', { message: sent }, options));
const stream = async () => said(post('message/stream'));

/** What the wire shows of each. */
const signs: Record<Quirk, () => Promise<void>> = {
  'NDJSON streams': async () => {
    const response = await post('message/stream');
    expect(response.headers.get('content-type')).toBe('application/x-ndjson');
    const lines = (await response.text()).trim().split('\n');
    expect(lines.length).toBeGreaterThan(3);
    for (const line of lines) expect(JSON.parse(line)).toMatchObject({ jsonrpc: '2.0' });
  },
  'one JSON object to a stream': async () => {
    const response = await post('message/stream');
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.json()).toMatchObject({ result: { status: { state: 'completed' } } });
  },
  'comments and [DONE]': async () => {
    expect(await stream()).toMatch(/^: ping\n\ndata: [^]*\n\ndata: \[DONE\]\n\n$/);
  },
  'stream ends before the task': async () => {
    expect(await stream()).not.toContain('"completed"');
  },
  'stream stays open after the task': async () => {
    const reader = (await post('message/stream')).body?.getReader();
    let seen = '';
    while (!seen.includes('"completed"')) {
      seen += new TextDecoder().decode((await reader?.read())?.value);
    }
    const more = await Promise.race([
      reader?.read(),
      new Promise((resolve) => setTimeout(resolve, 50, 'still open')),
    ]);
    expect(more).toBe('still open');
    await reader?.cancel();
  },
  'pinned to 1.0': async () => {
    expect(await stream()).toContain('"statusUpdate"');
    expect(await send()).toContain('"TASK_STATE_COMPLETED"');
    expect(await send()).not.toContain('"kind"');
  },
  'pinned to 0.3': async () => {
    const message = { role: 'ROLE_USER', messageId: 'm', parts: [{ text }] };
    const answer = await said(post('SendMessage', { message }));
    expect(answer).toContain('"kind":"task"');
    expect(answer).toContain('"state":"completed"');
  },
  'schemas mixed': async () => {
    const answer = await stream();
    expect(answer).toContain('"statusUpdate"');
    expect(answer).toContain('"kind":"artifact-update"');
  },
  'card says 1.0, wire is 0.3': async () => {
    expect(await (await card()).json()).toMatchObject({ protocolVersion: '1.0' });
    expect(await send()).toContain('"kind":"task"');
  },
  'card names another address': async () => {
    expect(await (await card()).json()).toMatchObject({
      url: 'http://gateway.internal:4000/a2a/scraper',
    });
  },
  'no card': async () => expect((await card()).status).toBe(404),
  'string ids only': async () => {
    expect((await post('message/send', { message: sent }, { id: 1 })).status).toBe(500);
    expect((await post('message/send')).status).toBe(200);
  },
  'refuses null': async () => {
    const params = { message: { ...sent, taskId: null } };
    expect((await post('message/send', params)).status).toBe(400);
  },
  'demands kind': async () => {
    const { kind: _, ...rest } = sent;
    expect((await post('message/send', { message: rest })).status).toBe(500);
  },
  'moves params': async () => {
    const message = { ...sent, metadata: { inner: 'stays' } };
    await post('message/send', { message, metadata: { outer: 'goes' } });
    expect(agent.messages()[0]?.body).toContain('"inner":"stays"');
    expect(agent.messages()[0]?.body).not.toContain('"outer"');
  },
  'trace id becomes contextId': async () => {
    const answer = await send({ headers: { 'x-litellm-trace-id': 'trace-1' } });
    expect(answer).toContain('"contextId":"trace-1"');
  },
  'demands a long contextId': async () => expect((await post('message/send')).status).toBe(500),
  'sets cookies': async () => {
    expect((await post('message/send')).headers.get('set-cookie')).toContain('session=');
    expect((await post('message/send', {}, { headers: { cookie: 'session=x' } })).status).toBe(500);
  },
  'demands a trace id': async () => {
    const response = await post('message/send');
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ detail: expect.any(String) });
  },
  'agent unknown at first': async () => {
    expect((await post('message/send')).status).toBe(404);
    expect((await post('message/send')).status).toBe(200);
  },
  'bridge to a model': async () => {
    const events = (await stream()).trim().split('\n\n');
    expect(events).toHaveLength(4);
    expect(events[1]).toContain('Processing request...');
    expect(events.join()).not.toContain('"c-1"');
    expect(await send()).not.toContain('contextId');
    expect((await post('tasks/get', { id: 'x' })).status).toBe(400);
  },
  'streams in slices': async () => {
    expect((await stream()).match(/"append":true/g)?.length).toBeGreaterThan(1);
  },
  'guardrail rewrites the stream': async () => {
    const texts = [...(await stream()).matchAll(/"parts":\[\{"kind":"text","text":"([^"]*)"/g)];
    expect(texts.map(([, one]) => one).slice(-3)).toEqual(['Hello, wörld 🌍!', '', '']);
  },
  'tasks cannot be asked for': async () => {
    expect((await post('tasks/get', { id: 'x' })).status).toBe(400);
  },
  'no streaming behind it': async () => {
    const response = await post('message/stream');
    expect(response.status).toBe(200);
    expect(await response.text()).toContain('-32603');
  },
};

test.each(quirkNames)('%s', async (quirk) => {
  gateway = await startLiteLLMGateway({ upstream: agent.url, quirk });
  await signs[quirk]();
});

test('without a quirk it is a gateway that does its work', async () => {
  const extensions = [{ uri: 'urn:pay', required: true }];
  const registered = { capabilities: { streaming: true, extensions } };
  gateway = await startLiteLLMGateway({ upstream: agent.url, card: registered });
  expect(await send()).toContain('"completed"');
  expect(await stream()).toContain('"final":true');
  expect(await (await card()).text()).not.toContain('urn:pay');
  expect((await fetch(`${gateway.url}/v1/agents`)).status).toBe(refusals['wrong key'].status);
});
