import { readdirSync, readFileSync } from 'node:fs';
import { taskStateToJSON, type Part, type StreamResponse } from '@a2a-js/sdk';
import {
  ClientFactory,
  DefaultAgentCardResolver,
  JsonRpcTransportFactory,
  RestTransportFactory,
} from '@a2a-js/sdk/client';
import { describe, expect, test } from 'vitest';
import type { A2AEvent, A2APart } from '../../src/provider/client/a2a-event';
import { HttpClient } from '../../src/provider/client/http-client';
import { readTaskState } from '../../src/provider/client/task-state';
import type { RecordedWire } from '../peers/recorded-wire';

/**
 * What real peers sent, read by the A2A SDK's client and by ours: a release of the SDK that reads it
 * otherwise is noticed here.
 */
const folder = new URL('../peers/recorded/', import.meta.url);
const recordings: RecordedWire[] = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')));

const url = 'https://agent.example.com';

describe.each(recordings)('$peer, $speaks', (recorded) => {
  const isRest = recorded.speaks.includes('HTTP');
  const fetch: typeof globalThis.fetch = async (_, init) => {
    const id: unknown = isRest ? undefined : JSON.parse(String(init?.body)).id;
    const body = recorded.stream.replaceAll(/"id": ?\d+/g, `"id":${JSON.stringify(id)}`);
    return new Response(body, { headers: { 'content-type': recorded.contentType } });
  };

  test('both clients read the same events', async () => {
    const byUs = await readByUs(fetch, recorded, isRest);
    expect(byUs.length).toBeGreaterThan(1);
    const bySdk = readBySdk(fetch, recorded);
    // Its card has an address of 0.3 beside that of 1.0, and the SDK's client then speaks 0.3 to it.
    if (recorded.peer.startsWith('Microsoft')) await expect(bySdk).rejects.toThrow(/v0.3/);
    else expect(byUs).toEqual(await bySdk);
  });
});

async function readByUs(
  fetch: typeof globalThis.fetch,
  { speaks }: RecordedWire,
  isRest: boolean,
): Promise<unknown[]> {
  const client = new HttpClient({
    line: { agent: 'a', fetch, timeouts: {}, limits: {} },
    interface: { url, isRest, tenant: '' },
    streams: true,
    version: speaks.startsWith('1.0') ? '1.0' : '0.3',
    mayChange: false,
    learned: {},
    generateId: () => 'request-1',
  });
  const message = {
    messageId: 'm',
    contextId: '',
    taskId: '',
    role: 'user' as const,
    parts: [{ type: 'text' as const, text: 'Hi' }],
    metadata: undefined,
    extensions: [],
  };
  const request = {
    message,
    acceptedOutputModes: [],
    returnImmediately: false,
    pushNotification: undefined,
  };
  const read: unknown[] = [];
  for await (const events of client.stream(request, { headers: {} })) {
    read.push(...events.map(ours));
  }
  return read;
}

async function readBySdk(
  fetch: typeof globalThis.fetch,
  { card }: RecordedWire,
): Promise<unknown[]> {
  const options = { fetchImpl: fetch, legacyCompat: { enabled: true } };
  const factory = new ClientFactory({
    transports: [new JsonRpcTransportFactory(options), new RestTransportFactory(options)],
  });
  const resolver = new DefaultAgentCardResolver(options);
  const client = await factory.createFromAgentCard(
    resolver.normalizeAgentCard(structuredClone(card)),
  );
  const read: unknown[] = [];
  const message = {
    messageId: 'm',
    contextId: '',
    taskId: '',
    role: 1,
    parts: [],
    metadata: undefined,
    extensions: [],
    referenceTaskIds: [],
  };
  for await (const event of client.sendMessageStream({
    tenant: '',
    message,
    configuration: undefined,
    metadata: undefined,
  })) {
    read.push(theirs(event));
  }
  return read;
}

function ours(event: A2AEvent): unknown {
  switch (event.type) {
    case 'message':
      return { message: event.message.parts.map(ourPart) };
    case 'task': {
      const { artifacts, contextId, id, status } = event.task;
      const parts = artifacts.map((one) => [one.artifactId, one.parts.map(ourPart)]);
      return { task: id, contextId, state: status?.state, artifacts: parts };
    }
    case 'status': {
      const { contextId, status, taskId } = event;
      const said = status?.message?.parts.map(ourPart);
      return { status: taskId, contextId, state: status?.state, said };
    }
    case 'artifact': {
      const { artifact, contextId, taskId } = event;
      return {
        artifact: taskId,
        contextId,
        id: artifact.artifactId,
        parts: artifact.parts.map(ourPart),
      };
    }
  }
}

function ourPart(part: A2APart): unknown {
  return part.type === 'text' ? part.text : part.type;
}

function theirs({ payload }: StreamResponse): unknown {
  switch (payload?.$case) {
    case 'message':
      return { message: payload.value.parts.map(theirPart) };
    case 'task': {
      const { artifacts, contextId, id, status } = payload.value;
      const parts = artifacts.map((one) => [one.artifactId, one.parts.map(theirPart)]);
      return { task: id, contextId, state: stateOf(status), artifacts: parts };
    }
    case 'statusUpdate': {
      const { contextId, status, taskId } = payload.value;
      const said = status?.message?.parts.map(theirPart);
      return { status: taskId, contextId, state: stateOf(status), said };
    }
    case 'artifactUpdate': {
      const { artifact, contextId, taskId } = payload.value;
      const parts = artifact?.parts.map(theirPart);
      return { artifact: taskId, contextId, id: artifact?.artifactId, parts };
    }
    default:
      return undefined;
  }
}

function theirPart({ content }: Part): unknown {
  return content?.$case === 'text' ? content.value : content?.$case;
}

function stateOf(status: { state: Parameters<typeof taskStateToJSON>[0] } | undefined): unknown {
  return status && readTaskState(taskStateToJSON(status.state));
}
