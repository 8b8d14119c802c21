import type { FetchFunction } from '@ai-sdk/provider-utils';
import { createA2A } from '../../src/provider/a2a-provider';
import { agentCard, agentUrl, card03 } from './scripted-agent';

/** How an agent speaks: what it writes of its events, of its task, and around them. */
interface Dialect {
  card: object;
  frame: (event: object) => object;
  task: (state: string, text: string[]) => object;
  wrapTask: (task: object) => object;
  artifact: (text: string, append: boolean) => object;
  status: (state: string) => object;
}

const ids = { taskId: 't-1', contextId: 'c-1' };
const rpc = (event: object) => ({ jsonrpc: '2.0', id: null, result: event });

const latest: Omit<Dialect, 'card' | 'frame'> = {
  task: (state, text) => ({
    id: 't-1',
    contextId: 'c-1',
    status: { state: `TASK_STATE_${state}` },
    artifacts:
      text.length === 0 ? [] : [{ artifactId: 'a', parts: text.map((part) => ({ text: part })) }],
  }),
  wrapTask: (task) => ({ task }),
  artifact: (text, append) => ({
    artifactUpdate: { ...ids, append, artifact: { artifactId: 'a', parts: [{ text }] } },
  }),
  status: (state) => ({ statusUpdate: { ...ids, status: { state: `TASK_STATE_${state}` } } }),
};

const older: Omit<Dialect, 'card' | 'frame'> = {
  task: (state, text) => ({
    kind: 'task',
    id: 't-1',
    contextId: 'c-1',
    status: { state: state.toLowerCase() },
    artifacts:
      text.length === 0
        ? []
        : [{ artifactId: 'a', parts: text.map((part) => ({ kind: 'text', text: part })) }],
  }),
  wrapTask: (task) => task,
  artifact: (text, append) => ({
    kind: 'artifact-update',
    ...ids,
    append,
    artifact: { artifactId: 'a', parts: [{ kind: 'text', text }] },
  }),
  status: (state) => ({
    kind: 'status-update',
    ...ids,
    final: state === 'COMPLETED',
    status: { state: state.toLowerCase() },
  }),
};

const plain = (event: object) => event;

export const dialects = {
  '1.0 JSON-RPC': { ...latest, card: agentCard(), frame: rpc },
  '1.0 HTTP+JSON': {
    ...latest,
    card: agentCard({ protocolBinding: 'HTTP+JSON' }),
    frame: plain,
  },
  '0.3 JSON-RPC': { ...older, card: card03(), frame: rpc },
  '0.3 HTTP+JSON': { ...latest, card: card03({ preferredTransport: 'HTTP+JSON' }), frame: plain },
  '0.3 behind a card of 1.0': { ...older, card: agentCard(), frame: rpc },
} satisfies Record<string, Dialect>;

export const framings = {
  events: { type: 'text/event-stream', write: (json: string) => `: ping\n\ndata: ${json}\n\n` },
  'events over lines': {
    type: 'text/event-stream',
    write: (json: string) => `id: 7\r\ndata: ${json.replace(',', ',\r\ndata: ')}\r\n\r\n`,
  },
  'JSON lines': { type: 'application/x-ndjson', write: (json: string) => `${json}\n` },
};

/** What goes wrong, and what the agent makes of it. */
export interface Plan {
  /** Bytes of the first stream that arrive; the last number stays for the streams after it. */
  cuts: number[];
  /** The line breaks, or ends as if all were said. */
  breaks: boolean;
  /** Bytes of each chunk, taken in turns. */
  chunks: number[];
  /** `no` refuses to stream again; the others say how the new stream begins. */
  resubscription: 'no' | 'whole task' | 'overlap' | 'gap';
  /** How many events the agent gets done between two requests. */
  pace: number;
  /** The task lags behind its stream by so many events. */
  lag: number;
  /** It cannot be asked for a task. */
  isMute: boolean;
  /** What it says is not kept with the task. */
  keepsNothing?: boolean;
}

/** What an agent sends that says `said`. */
export function record({
  said,
  dialect,
  framing,
}: {
  said: string[];
  dialect: Dialect;
  framing: Framing;
}) {
  const events: object[] = [
    dialect.wrapTask(dialect.task('WORKING', [])),
    ...said.map((text, index) => dialect.artifact(text, index > 0)),
    dialect.status('COMPLETED'),
  ];
  const written = write(events, { dialect, framing });
  return { said, dialect, framing, events, ...written };
}

interface Framing {
  type: string;
  write: (json: string) => string;
}

/** The bytes, and where in them each event ends. */
function write(
  events: object[],
  { dialect, framing, id }: { dialect: Dialect; framing: Framing; id?: unknown },
): { bytes: Uint8Array; ends: number[] } {
  const encoder = new TextEncoder();
  let text = '';
  const ends = events.map((event) => {
    const frame = dialect.frame(event);
    text += framing.write(JSON.stringify(id === undefined ? frame : renumbered(frame, id)));
    return encoder.encode(text).length;
  });
  return { bytes: encoder.encode(text), ends };
}

function renumbered(frame: object, id: unknown): object {
  return 'id' in frame && id !== undefined ? { ...frame, id } : frame;
}

/** An agent that says what was recorded, over a line that breaks as planned. */
export function agentOnABadLine(
  { said, dialect, framing, events, bytes, ends }: ReturnType<typeof record>,
  plan: Plan,
) {
  const taskAfter = (count: number) => {
    const isOver = count >= events.length;
    return dialect.task(
      isOver ? 'COMPLETED' : 'WORKING',
      plan.keepsNothing === true ? [] : said.slice(0, Math.max(0, count - 1)),
    );
  };
  const requests: string[] = [];
  let streams = 0;
  /** Events that have happened, seen or not. */
  let done = 0;

  const fetch: FetchFunction = async (input, init) => {
    const { pathname } = new URL(String(input));
    if (pathname.endsWith('.json')) return Response.json(dialect.card);
    const { id, method = pathname } = JSON.parse(String(init?.body ?? '{}'));
    requests.push(method);
    if (/SendStreaming|message.stream/.test(method)) {
      const length = Math.min(plan.cuts[streams++] ?? bytes.length, bytes.length);
      done = ends.filter((end) => end <= length).length;
      return stream(bytes.slice(0, length), { isCut: length < bytes.length });
    }
    if (/[Ss]ubscribe/.test(method)) {
      if (plan.resubscription === 'no' || done >= events.length) return refuse(id);
      const seen = done;
      done = Math.min(events.length, done + plan.pace);
      const first = plan.resubscription === 'overlap' ? Math.max(1, seen - 1) : done;
      // Some say nothing of what is behind them.
      const opening = plan.resubscription === 'gap' ? [] : [dialect.wrapTask(taskAfter(done))];
      const rest = write([...opening, ...events.slice(first)], { dialect, framing, id });
      const length = Math.min(plan.cuts[streams++] ?? rest.bytes.length, rest.bytes.length);
      const within = rest.ends.filter((end) => end <= length).length - opening.length;
      done = Math.max(done, first + within);
      return stream(rest.bytes.slice(0, length), { isCut: length < rest.bytes.length });
    }
    if (plan.isMute) return refuse(id);
    const behind = done >= events.length ? 0 : plan.lag;
    const task = taskAfter(Math.max(0, done - behind));
    done = Math.min(events.length, done + plan.pace);
    return Response.json(renumbered(dialect.frame(task), id));
  };

  function stream(bytes: Uint8Array, { isCut }: { isCut: boolean }): Response {
    let at = 0;
    let turn = 0;
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          if (at >= bytes.length) {
            if (isCut && plan.breaks) controller.error(new TypeError('terminated'));
            else controller.close();
            return;
          }
          const size = plan.chunks[turn++ % plan.chunks.length] ?? bytes.length;
          controller.enqueue(bytes.slice(at, at + size));
          at += size;
        },
      },
      { highWaterMark: 0 },
    );
    return new Response(body, { headers: { 'content-type': framing.type } });
  }

  const model = createA2A({ fetch, polling: { intervalMs: 1, timeoutMs: 60_000 } })(agentUrl);
  return { model, requests };
}

function refuse(id: unknown): Response {
  const error = { code: -32004, message: 'No.' };
  return id === undefined
    ? Response.json({ error }, { status: 400 })
    : Response.json({ jsonrpc: '2.0', id, error });
}
