import type { Exchange } from '../sandbox/exchange/create-exchange';
import { align, type Renamed } from './align-requests';
import { readJson } from './read-json';
import type { RecordedRequest } from './recording-schema';
import { standInExchange, type OpenedEscrow } from './stand-in-exchange';

/** How the replayed world differs from the recorded one. */
export interface ReplayedWorld {
  /** Milliseconds by which the exchange's clock is ahead of this machine's. */
  clockSkewMs: number;
  /** After this number of requests, no request reaches anything. */
  cutAfter: number;
}

/** Answers requests from a recording: the agent's in their order, the exchange's if they are the same. */
export class RecordedPeers {
  /** Requests that the recording does not answer, as `POST /v1/exchange/refund`. */
  readonly unrecorded: string[] = [];
  private readonly renamed: Renamed = new Map();
  private readonly opened: OpenedEscrow[] = [];
  private readonly left: RecordedRequest[];
  private standIn: Exchange | undefined;
  private answered = 0;
  private isMended = false;

  constructor(
    requests: RecordedRequest[],
    private readonly apiKey: string,
    private readonly world: ReplayedWorld,
  ) {
    this.left = [...requests];
  }

  readonly agent: typeof globalThis.fetch = async (input, init) => {
    const request = this.admit(new Request(input, init));
    const body = readJson(await request.text());
    const recorded = this.take(
      'agent',
      request,
      (candidate) => methodOf(candidate) === methodOf(body),
    );
    if (recorded === undefined) {
      this.unrecorded.push(nameOf(request, body));
      const id: unknown =
        typeof body === 'object' && body !== null ? Reflect.get(body, 'id') : null;
      const error = { code: -32001, message: 'The recording has no answer to this request.' };
      return Response.json({ jsonrpc: '2.0', id, error }, { status: 404 });
    }
    // What the agent was sent may differ, with other options: only ids are taken from it.
    align(readJson(recorded.body), body, this.renamed);
    return this.respond(recorded, (text) => text);
  };

  readonly rail: typeof globalThis.fetch = async (input, init) => {
    const request = this.admit(new Request(input, init));
    const text = await request.clone().text();
    const body = readJson(text === '' ? undefined : text);
    const recorded =
      this.standIn === undefined
        ? this.take('rail', request, (candidate, entry) =>
            this.isSame(entry, candidate, request, body),
          )
        : undefined;
    if (recorded !== undefined) {
      const delta = Date.now() - recorded.at + this.world.clockSkewMs;
      const response = this.respond(recorded, (content) => withTimesShifted(content, delta));
      const answer = readJson(
        await response
          .clone()
          .text()
          .catch(() => ''),
      );
      if (isHold(request) && response.ok) this.opened.push({ request: body, response: answer });
      return response;
    }
    this.unrecorded.push(nameOf(request, body));
    this.standIn ??= standInExchange({
      apiKey: this.apiKey,
      opened: this.opened,
      asked: body,
      now: () => new Date(Date.now() + this.world.clockSkewMs),
    });
    return this.standIn.fetch(request);
  };

  /** Requests are answered again: another machine goes on. */
  mend(): void {
    this.isMended = true;
  }

  private admit(request: Request): Request {
    if (!this.isMended && this.answered >= this.world.cutAfter) {
      throw new TypeError('fetch failed', { cause: { code: 'ECONNREFUSED' } });
    }
    this.answered++;
    return request;
  }

  private isSame(
    entry: RecordedRequest,
    recordedBody: unknown,
    request: Request,
    body: unknown,
  ): boolean {
    const renamed: Renamed = new Map();
    const query = (url: string) => Object.fromEntries(new URL(url).searchParams);
    const isSame =
      align(recordedBody, body, renamed) && align(query(entry.url), query(request.url), renamed);
    if (isSame) for (const [old, own] of renamed) this.renamed.set(old, own);
    return isSame;
  }

  /** Takes the first recorded request to the same path that suits. */
  private take(
    of: 'agent' | 'rail',
    request: Request,
    suits: (body: unknown, entry: RecordedRequest) => boolean,
  ): RecordedRequest | undefined {
    const at = this.left.findIndex(
      (entry) =>
        entry.of === of &&
        entry.method === request.method &&
        this.withOwnIds(new URL(entry.url).pathname) === new URL(request.url).pathname &&
        suits(entry.body === undefined ? null : readJson(entry.body), entry),
    );
    return at === -1 ? undefined : this.left.splice(at, 1)[0];
  }

  private respond(recorded: RecordedRequest, change: (text: string) => string): Response {
    const { chunks, failed, headers = {}, isCut = false, status = 200 } = recorded;
    if (failed !== undefined) throw new TypeError('fetch failed', { cause: { code: failed } });
    const whole = this.withOwnIds(chunks.join(''));
    const pieces = chunks.map((chunk) => this.withOwnIds(chunk));
    // An id that is in two pieces is renamed in the whole.
    const sent = (pieces.join('') === whole ? pieces : [whole]).map(change);
    const encoder = new TextEncoder();
    const body = new ReadableStream<Uint8Array>(
      {
        start(controller) {
          for (const piece of sent) controller.enqueue(encoder.encode(piece));
          if (!isCut) controller.close();
        },
        // It breaks where something more is read: a body may also have been left by its reader.
        pull: (controller) => controller.error(new TypeError('terminated')),
      },
      { highWaterMark: 0 },
    );
    const { date, ...others } = headers;
    const init = {
      status,
      headers: date === undefined ? others : { ...others, date: change(date) },
    };
    return new Response([204, 205, 304].includes(status) ? null : body, init);
  }

  private withOwnIds(text: string): string {
    return [...this.renamed].reduce((changed, [old, own]) => changed.replaceAll(old, own), text);
  }
}

/** The method of a JSON-RPC request. */
function methodOf(body: unknown): unknown {
  return typeof body === 'object' && body !== null ? Reflect.get(body, 'method') : undefined;
}

function nameOf({ method, url }: Request, body: unknown): string {
  const called = methodOf(body);
  const name = `${method} ${new URL(url).pathname}`;
  return typeof called === 'string' ? `${name} ${called}` : name;
}

function isHold({ method, url }: Request): boolean {
  return method === 'POST' && new URL(url).pathname.endsWith('/exchange/escrow');
}

const isoTime = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)?/g;

/** A recorded hold would have expired. */
function withTimesShifted(text: string, deltaMs: number): string {
  if (/^[A-Z][a-z]{2}, /.test(text)) {
    return new Date(Date.parse(text) + deltaMs).toUTCString();
  }
  return text.replace(isoTime, (time) => {
    const ms = Date.parse(/[Z+]|-\d\d:/.test(time.slice(19)) ? time : `${time}Z`);
    return Number.isNaN(ms) ? time : new Date(ms + deltaMs).toISOString();
  });
}
