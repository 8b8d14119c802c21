import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4StreamPart,
} from '@ai-sdk/provider';
import { memoryStorage } from '../internal/memory-storage';
import { createA2A } from '../provider/a2a-provider';
import { exchangeRail } from '../rails/exchange/exchange-rail';
import { readAgentTerms } from '../rails/exchange/read-agent-terms';
import { createSettlement } from '../settlement/create-settlement';
import type { Settlement } from '../settlement/settlement';
import type { SettlementReceipt } from '../settlement/state/settlement-receipt';
import type { SettlementOptions } from '../settlement/options/settlement-options';
import { finishReasonText, type Finish } from './finish-reason-text';
import { readJson } from './read-json';
import { recordedEvents } from './recorded-events';
import { RecordedPeers } from './recorded-peers';
import {
  type CallOutcome,
  type RecordedCall,
  type RecordedRequest,
  readRecording,
} from './recording-schema';

export interface ReplayOptions {
  /** Options of the settlement, in addition to those of the recording: also `verify`, `price`, `limits`. */
  settlement?: Omit<SettlementOptions, 'apiKey' | 'exchangeUrl' | 'journal' | 'rail' | 'rails'>;
  /** Milliseconds by which the exchange's clock is ahead of this machine's. Default: 0. */
  clockSkewMs?: number | undefined;
  /**
   * Nothing answers after this number of requests, as when the machine loses its network. The settlement is then
   * dropped, and another one with the same journal calls `reconcile`. Default: never.
   */
  cutAfter?: number | undefined;
}

export interface ReplayReport {
  calls: ReplayedCall[];
  /** Requests that the recording does not answer. A stand-in answered those to the exchange. */
  unrecorded: string[];
  /** The receipts that `reconcile` ended with, after `cutAfter`. */
  reconciled: SettlementReceipt[];
}

export interface ReplayedCall {
  mode: 'generate' | 'stream';
  modelId: string;
  recorded: CallOutcome;
  replayed: CallOutcome;
  /** The fields that differ, as `receipt.status`. Times and ids that each call makes up are not compared. */
  differences: string[];
}

/**
 * Runs the generations of a recording again, one after the other, without a network: the agent's answers and
 * those of the exchange come from the recording. What the exchange was not asked then is answered by a stand-in
 * with the rules of the reference exchange.
 *
 * Only agents that are paid through the exchange.
 *
 * @param recording the text of `GenerationRecorder.toText`.
 * @throws Error if it is not a recording.
 *
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises';
 * import { replay } from 'ai-sdk-a2a-settlement/recording';
 *
 * const { calls } = await replay(await readFile('ticket.jsonl', 'utf8'), {
 *   settlement: { verify: ({ text }) => text.length > 0 },
 * });
 * const receipt = calls[0]?.replayed.receipt; // { status: 'refunded', … }
 * ```
 */
export async function replay(
  recording: string,
  {
    settlement: changes = {},
    clockSkewMs = 0,
    cutAfter = Number.POSITIVE_INFINITY,
  }: ReplayOptions = {},
): Promise<ReplayReport> {
  const { calls, requests, settlement: options } = readRecording(recording);
  const apiKey = `ate_${crypto.randomUUID().replaceAll('-', '')}`;
  const peers = new RecordedPeers(requests, apiKey, { clockSkewMs, cutAfter });
  const exchangeUrl = exchangeUrlOf(requests);
  const storage = memoryStorage();
  const isCut = cutAfter !== Number.POSITIVE_INFINITY;
  const names = calls.map(({ call }) => agentsOf(call.modelId, requests));
  const connect = () => createA2A({ fetch: peers.agent, agents: Object.assign({}, ...names) });
  const build = (): Settlement =>
    createSettlement(
      {
        ...options,
        ...(isCut && { retry: { attempts: 1 } }),
        ...changes,
        rail: exchangeRail({ exchangeUrl, apiKey, fetch: peers.rail }),
        journal: { storage, writeAhead: isCut },
      },
      () => exchangeRail(),
    );

  const report: ReplayReport = { calls: [], unrecorded: peers.unrecorded, reconciled: [] };
  const a2a = connect();
  const settlement = build();
  for (const { call, outcome: recorded } of calls) {
    const replayed = await runAgain(call, a2a(call.modelId), settlement);
    const { mode, modelId } = call;
    const differences = differencesOf(recorded, replayed);
    report.calls.push({ mode, modelId, recorded, replayed, differences });
  }
  if (isCut) {
    peers.mend();
    const { open, settled, unresolved } = await build().reconcile({
      provider: connect(),
      graceMs: 0,
    });
    report.reconciled = [...settled, ...open, ...unresolved].flatMap(
      ({ receipt }) => receipt ?? [],
    );
  }
  return report;
}

async function runAgain(
  { mode, params }: RecordedCall,
  model: LanguageModelV4,
  settlement: Settlement,
): Promise<CallOutcome> {
  let receipt: CallOutcome['receipt'];
  const removers = recordedEvents.map((name) =>
    settlement.on(name, (event) => {
      receipt = JSON.parse(JSON.stringify(event.receipt));
    }),
  );
  const again: LanguageModelV4CallOptions = revive(params);
  const { wrapGenerate, wrapStream } = settlement.middleware;
  const doGenerate = async () => model.doGenerate(again);
  const doStream = async () => model.doStream(again);
  const call = { doGenerate, doStream, params: again, model };
  let finish: Finish = {};
  try {
    if (mode === 'generate') {
      finish = (await wrapGenerate?.(call)) ?? {};
    } else {
      const result = await wrapStream?.(call);
      for await (const part of partsOf(result?.stream)) {
        if (part.type === 'error') finish.error = part.error;
        if (part.type === 'finish') finish.finishReason = part.finishReason;
      }
    }
  } catch (error) {
    finish = { error };
  }
  for (const remove of removers) remove();
  return { ...finishReasonText(finish), ...(receipt !== undefined && { receipt }) };
}

async function* partsOf(
  stream: ReadableStream<LanguageModelV4StreamPart> | undefined,
): AsyncGenerator<LanguageModelV4StreamPart> {
  const reader = stream?.getReader();
  for (let next = await reader?.read(); next?.done === false; next = await reader?.read()) {
    yield next.value;
  }
}

/** Bytes and URLs are written in JSON as something else. */
function revive(params: RecordedCall['params']): LanguageModelV4CallOptions {
  return JSON.parse(JSON.stringify(params), (_, value: unknown) =>
    typeof value === 'object' && value !== null && '$bytes' in value && Array.isArray(value.$bytes)
      ? Uint8Array.from(value.$bytes)
      : value,
  );
}

/** A name of the application's own is called at the address that was recorded. */
function agentsOf(
  modelId: string,
  requests: RecordedRequest[],
): Record<string, { url: string } | { endpoint: string }> {
  if (/^https?:/i.test(modelId)) return {};
  const first = requests.find(({ of }) => of === 'agent');
  if (first === undefined) return {};
  const name = modelId.split('#')[0] ?? modelId;
  return { [name]: first.method === 'GET' ? { url: first.url } : { endpoint: first.url } };
}

function exchangeUrlOf(requests: RecordedRequest[]): string {
  const url = requests.find(({ of }) => of === 'rail')?.url;
  return url === undefined
    ? exchangeOfCard(requests)
    : url.slice(0, url.indexOf('/v1/') + '/v1'.length);
}

/** A call that was refused before its hold asked no exchange: the first one on the agent's card is used. */
function exchangeOfCard(requests: RecordedRequest[]): string {
  const none = 'https://exchange.invalid/v1';
  const found = requests
    .filter(({ of, method }) => of === 'agent' && method === 'GET')
    .flatMap(({ chunks }) => {
      const card = readJson(chunks.join(''));
      return readAgentTerms(card, { exchangeUrl: none })?.elsewhere ?? [];
    });
  return found[0] ?? none;
}

const ofEachCall = new Set(['receipt.durationMs', 'receipt.expiresAt', 'receipt.taskId']);

function differencesOf(recorded: CallOutcome, replayed: CallOutcome): string[] {
  // A recording of an earlier version has no code.
  const withCode = recorded.error?.code !== undefined;
  const before = fieldsOf(recorded, withCode);
  const after = fieldsOf(replayed, withCode);
  const names = [...new Set(['error', ...before.keys(), ...after.keys()])];
  return names.filter((name) => !ofEachCall.has(name) && before.get(name) !== after.get(name));
}

function fieldsOf(
  { receipt = {}, error, finishReason }: CallOutcome,
  withCode: boolean,
): Map<string, string> {
  return new Map(
    [
      ['error', error && [error.name, withCode ? error.code : undefined]],
      ['finishReason', finishReason],
      ...Object.entries(receipt).map(([name, value]) => [`receipt.${name}`, value]),
    ].flatMap(([name, value]) =>
      value === undefined ? [] : [[String(name), JSON.stringify(value)] as const],
    ),
  );
}
