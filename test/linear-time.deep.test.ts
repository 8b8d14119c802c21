import { AgentCard } from '@a2a-js/sdk';
import { expect, it } from 'vitest';
import fc from 'fast-check';
import { A2AAnswer } from '../src/provider/answer/a2a-answer';
import { convertFromA2APart } from '../src/provider/answer/convert-from-a2a-part';
import { findJson } from '../src/internal/find-json';
import { JsonData } from '../src/provider/answer/json/json-data';
import { JsonReading } from '../src/provider/answer/json/json-reading';
import type { JsonShape } from '../src/provider/answer/json/json-shape';
import { JsonText } from '../src/provider/answer/json/json-text';
import { EmittedText } from '../src/provider/answer/emitted-text';
import { EmittedParts } from '../src/provider/answer/emitted-parts';
import { fromOlderAgentCard } from '../src/provider/agent/older-agent-card';
import { readCardSecurity } from '../src/provider/agent/read-card-security';
import { selectInterface } from '../src/provider/agent/select-interface';
import { frameError } from '../src/provider/client/a2a-response-error';
import { mayPollute, nestsTooDeeply } from '../src/provider/client/json-guards';
import { redactHeaders } from '../src/internal/redact-headers';
import { findAgent } from '../src/provider/agent/find-agent';
import type { A2AEvent, A2APart } from '../src/provider/client/a2a-event';
import { pickFrame } from '../src/provider/client/read-answer';
import { readEvent } from '../src/provider/client/read-event';
import { readFrame } from '../src/provider/client/read-frame';
import { RequestClock } from '../src/provider/client/request-clock';
import { OpenAnswer } from '../src/provider/client/send-request';
import { splitFrames } from '../src/provider/client/split-frames';
import { toA2AError } from '../src/provider/task/to-a2a-error';
import { classifyExchangeError } from '../src/rails/exchange/classify-exchange-error';
import { canonicalExchangeUrl, exchangeBaseUrl } from '../src/rails/exchange/exchange-url';
import { readAgentTerms } from '../src/rails/exchange/read-agent-terms';
import { timestampSchema } from '../src/rails/exchange/read-tolerantly';
import { redact } from '../src/rails/exchange/exchange-error';
import { registerRequestSchema } from '../src/rails/exchange/account-calls';
import { depositBody, registerBody } from '../src/sandbox/exchange/request-bodies';
import { growthOf } from './growth-of';

/**
 * Linear work grows four times with four times the input, quadratic work sixteen times.
 */
const bound = 10;

/** What most expressions and loops stumble over, alone or one after the other. */
const units = [
  ...'{}[]()"\'`\\/ \t\n*._-:;,#@%=+<&?!a1A é',
  '{"',
  '"}',
  '\\"',
  '[{',
  '{"a":',
  '[1,',
  '```',
  '```json\n',
  '\\u0041',
  '\r\n',
  '\r',
  'data:',
  'data:,',
  ';base64,',
  'http://',
  '//',
  '/tasks/',
  '.json',
  '/v1',
  '://',
  '@a.',
  'Need 1 ',
  'have ',
  'escrow_id=',
  '(status: ',
  ' until ',
  'ate_',
  '<html',
  '__proto__',
  '"kind":',
  '"parts":[',
  '"state":',
  '"error"',
  'data: {',
  '}\n\n',
  '.000',
  '+00',
  'Bearer ',
];

interface Shape {
  head: string;
  unit: string;
  tail: string;
}

const token = fc.constantFrom(...units);
const end = fc.oneof({ weight: 2, arbitrary: fc.constant('') }, token, fc.constant('x'));
const shape: fc.Arbitrary<Shape> = fc.record({
  head: end,
  unit: fc.array(token, { minLength: 1, maxLength: 3 }).map((tokens) => tokens.join('')),
  tail: end,
});
/** One token over and over. */
const plainShapes = units.map((unit) => ({ head: 'x', unit, tail: 'x' }));

function textOf({ head, tail, unit }: Shape, size: number): string {
  return head + unit.repeat(Math.ceil(size / unit.length)) + tail;
}

const shapes = {
  any: { type: 'any' },
  object: { type: 'object', properties: ['a'], required: ['a'] },
  list: { type: 'list', key: 'a' },
  choice: { type: 'choice', key: 'a', options: ['sunny', 'rainy'] },
} satisfies Record<string, JsonShape>;

function feed(json: JsonText, text: string): void {
  for (let at = 0; at < text.length; at += 2) json.feed(text.slice(at, at + 2));
}

function split(text: string, contentType: string, step = text.length): void {
  const splitter = splitFrames(contentType, Infinity);
  for (let at = 0; at < text.length; at += step) splitter.feed(text.slice(at, at + step));
  splitter.end();
}

function textPart(text: string): A2APart {
  return { type: 'text', text };
}

function urlPart(url: string): A2APart {
  return { type: 'url', url };
}

const ids = { taskId: 't', contextId: 'c', metadata: undefined, raw: undefined };

function artifact(parts: A2APart[], append: boolean): A2AEvent {
  const whole = { artifactId: 'a', parts, metadata: undefined };
  return { ...ids, type: 'artifact', artifact: whole, append };
}

function progress(text: string): A2AEvent {
  const message = {
    messageId: '',
    taskId: 't',
    contextId: 'c',
    role: 'agent' as const,
    parts: [textPart(text)],
    metadata: undefined,
    extensions: [],
  };
  return { ...ids, type: 'status', status: { state: 'working', message, timestamp: undefined } };
}

function hear(events: A2AEvent[], shape?: JsonShape): void {
  const answer = new A2AAnswer({ agent: 'a', json: shape && new JsonReading(shape) });
  for (const event of events) answer.accept(event);
  answer.finish();
}

function pieces(text: string): string[] {
  return Array.from({ length: Math.ceil(text.length / 2) }, (_, index) =>
    text.slice(2 * index, 2 * index + 2),
  );
}

function answerOf(text: string): OpenAnswer {
  const facts = { agent: 'a', url: 'http://a.example/', headers: new Headers(), secrets: () => [] };
  const clock = new RequestClock({ ...facts, asks: 'send', timeouts: {}, signal: undefined });
  return new OpenAnswer({ ...facts, response: new Response(text), clock }, {});
}

function readText(text: string, wrapsData: boolean): void {
  try {
    readEvent(readFrame(text, answerOf(''), '1', true), { wrapsData });
  } catch {
    // Most of it is no answer.
  }
}

function envelope(text: string): string {
  return JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    result: {
      artifactUpdate: {
        taskId: text,
        artifact: { artifactId: 'a', parts: [{ text }, { raw: text }, { url: text }] },
      },
    },
  });
}

function envelope03(text: string): string {
  return JSON.stringify({
    id: 1,
    jsonrpc: '2.0',
    result: {
      kind: 'status-update',
      taskId: 't',
      status: {
        state: text,
        message: {
          parts: [
            { kind: 'text', text },
            { kind: 'file', file: { bytes: text } },
          ],
        },
      },
    },
  });
}

function tolerate(work: () => unknown): void {
  try {
    work();
  } catch {
    // Refused in linear time, too.
  }
}

function card(url: string) {
  return {
    name: url,
    url,
    preferredTransport: 'HTTP+JSON',
    protocolVersion: '0.3.0',
    version: '1',
    description: url,
    capabilities: {},
    defaultInputModes: [],
    defaultOutputModes: [],
    skills: [],
  };
}

function cardWith(url: string) {
  const parsed = AgentCard.fromJSON({
    name: 'a',
    version: '1',
    description: '',
    capabilities: {},
    supportedInterfaces: [{ url, protocolBinding: 'HTTP+JSON', protocolVersion: '1.0' }],
  });
  return selectInterface(parsed, {
    agent: 'a',
    url: 'http://a.example/',
    protocol: 'auto',
    trustCardUrl: true,
  });
}

function terms(text: string): unknown {
  const uri = 'https://a2a-settlement.org/extensions/settlement/v1';
  const params = {
    accountIds: { [`http://x/${text}`]: 'a', [text]: text },
    pricing: { [text]: { baseTokens: 1, model: text } },
  };
  return readAgentTerms(
    { capabilities: { extensions: [{ uri, required: true, params }] } },
    { exchangeUrl: 'http://x/', skill: text },
  );
}

const registration = { bot_name: 'a', developer_id: 'a', developer_name: 'a' };

/** Everything that takes text of agents, cards, exchanges, browsers and webhooks. */
const readers: Record<string, (text: string) => unknown> = {
  findJson,
  ...Object.fromEntries(
    Object.entries(shapes).flatMap(([name, one]) => [
      [`JsonData.choose, ${name}`, (text: string) => new JsonData(one).choose([text])],
      [`JsonText in one piece, ${name}`, (text: string) => new JsonText(one).feed(text)],
      [`JsonText in pieces, ${name}`, (text: string) => feed(new JsonText(one), text)],
      [
        `JsonText in pieces of white space, ${name}`,
        (text: string) => {
          const json = new JsonText(one);
          json.feed(`${' '.repeat(text.length)}[`);
          feed(json, ' '.repeat(text.length));
        },
      ],
      [`an artifact, ${name}`, (text: string) => hear([artifact([textPart(text)], false)], one)],
      [
        `an artifact in pieces, ${name}`,
        (text: string) =>
          hear(
            pieces(text).map((piece) => artifact([textPart(piece)], true)),
            one,
          ),
      ],
    ]),
  ),
  'an artifact in pieces': (text) =>
    hear(pieces(text).map((piece) => artifact([textPart(piece)], true))),
  'an artifact in pieces, replaced each time': (text) =>
    hear(pieces(text).map((piece) => artifact([textPart(piece)], false))),
  'progress in pieces': (text) => hear(pieces(text).map(progress)),
  'files in pieces': (text) =>
    hear(pieces(text).map((piece) => artifact([urlPart(`http://x/${piece}`)], true))),
  'files in pieces, then empty snapshots': (text) =>
    hear(
      pieces(text).flatMap((piece, index) => [
        artifact([urlPart(`http://x/${index}${piece}`)], true),
        artifact([], false),
      ]),
    ),
  EmittedText: (text) => {
    const said = new EmittedText();
    for (const piece of pieces(text)) said.add(piece);
    said.beyond(text);
    said.beyond(`${text}x`);
    said.beyond(`x${text}`);
  },
  'a file by URL': (text) => convertFromA2APart(urlPart(text), {}),
  'a file by web address': (text) => new EmittedParts().note('a', urlPart(`http://x/${text}`)),
  'a data URL': (text) => convertFromA2APart(urlPart(`data:${text}`), {}),
  'a data URL in base64': (text) => convertFromA2APart(urlPart(`data:a/b;base64,${text}`), {}),
  nestsTooDeeply: nestsTooDeeply,
  mayPollute: mayPollute,
  'splitFrames, events': (text) => split(text, 'text/event-stream'),
  'splitFrames, events in pieces': (text) => split(text, 'text/event-stream', 2),
  'splitFrames, one line in pieces': (text) => split(`data: ${text}`, 'text/event-stream', 2),
  'splitFrames, JSON': (text) => split(text, ''),
  'splitFrames, JSON in pieces': (text) => split(`{${text}`, '', 2),
  pickFrame: (text) => pickFrame([text, text]),
  ...Object.fromEntries(
    [false, true].flatMap((wraps) => [
      [`a frame, ${wraps}`, (text: string) => readText(text, wraps)],
      [`a frame that holds it, ${wraps}`, (text: string) => readText(envelope(text), wraps)],
      [
        `an older frame that holds it, ${wraps}`,
        (text: string) => readText(envelope03(text), wraps),
      ],
    ]),
  ),
  'an error of an agent': (text) =>
    frameError(
      { error: { message: text, code: 1 } },
      { agent: 'a', url: 'http://x', headers: new Headers({ authorization: 'Bearer abcdefgh' }) },
    ),
  redactHeaders: (text) =>
    redactHeaders(text, [
      ['authorization', 'Bearer abcdefgh'],
      ['x-given', text.slice(0, 64)],
    ]),
  'a header that is kept out of errors': (text) => redactHeaders('', [['x-given', text]]),
  toA2AError: (text) =>
    toA2AError(new Error(text), {
      agent: 'a',
      url: 'http://x',
      answer: new A2AAnswer({ agent: 'a' }),
      requestOptions: { headers: {} },
    }),
  'an older card': (text) => fromOlderAgentCard(card(text)),
  'the security of a card': (text) =>
    readCardSecurity({
      securitySchemes: { [text]: { type: 'apiKey', in: 'header', name: text } },
      security: [{ [text]: [text] }],
    }),
  'the address in a card': (text) => tolerate(() => cardWith(text)),
  'the path in a card': (text) => cardWith(`http://a.example/${text}`),
  'the query in a card': (text) => cardWith(`http://a.example/?${text}`),
  'a model id': (text) => tolerate(() => findAgent(text)),
  'a model id that is an address': (text) => tolerate(() => findAgent(`http://x/${text}`)),
  ...Object.fromEntries(
    [
      '',
      'Insufficient balance',
      'Insufficient balance Need ',
      'Insufficient balance Need 1',
      'An active escrow already exists',
      'An active escrow already exists escrow_id=',
      'Escrow is already ',
      'Escrow cannot ',
      'Escrow cannot (status: ',
      'Account is temporarily frozen',
      'Account is temporarily frozen until ',
    ].map((beginning) => [
      `an exchange's error: ${beginning}`,
      (text: string) => classifyExchangeError({ status: 400, detail: beginning + text, now: 0 }),
    ]),
  ),
  redact: (text) => redact(text, 'ate_abcdefgh'),
  canonicalExchangeUrl,
  "an exchange's path": (text) => canonicalExchangeUrl(`http://x/${text}`),
  exchangeBaseUrl: (text) => tolerate(() => exchangeBaseUrl(`http://x/${text}`)),
  'the settlement extension of a card': terms,
  'a time': (text) => timestampSchema.safeParse(text),
  'an e-mail address': (text) =>
    registerRequestSchema.safeParse({ ...registration, contact_email: `a@${text}` }),
  "an e-mail address at the sandbox's exchange": (text) =>
    registerBody.safeParse({ ...registration, contact_email: `a@${text}` }),
  "a number at the sandbox's exchange": (text) => depositBody.safeParse({ amount: text }),
};

it.each(Object.entries(readers))(
  'takes linear time for %s',
  (name, read) => {
    const size = name.includes('pieces') ? 512 : 2048;
    const growth = (one: Shape) =>
      growthOf(
        (characters) => {
          const text = textOf(one, characters);
          return () => read(text);
        },
        { size, enough: bound },
      );
    for (const one of plainShapes) expect(growth(one), JSON.stringify(one)).toBeLessThan(bound);
    fc.assert(
      fc.property(shape, (one) => growth(one) < bound),
      { numRuns: 20, endOnFailure: true },
    );
  },
  120_000,
);
