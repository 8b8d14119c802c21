import type { JSONObject, JSONValue } from '@ai-sdk/provider';
import { isRecord } from '@ai-sdk/provider-utils';
import {
  NEVERMINED_EXTENSION_URI,
  X402_EXTENSION_URIS,
  X402_METADATA,
} from '../../rails/nevermined/schemas';
import { applyStep, asJson, capture, newTask, setStatus, stampPayment } from './agent-task';
import { parseRpc, type RpcCall, rpcAnswer, rpcError, sseResponse } from './json-rpc';
import {
  type Payment,
  type PaymentParams,
  paymentRequired,
  readCredential,
  type SellerBackend,
  verify,
} from './payment-gate';
import {
  type AgentStep,
  type AgentWork,
  BrokenStream,
  type WireMessage,
  type WireTask,
} from './wire-types';

export interface NeverminedAgentOptions {
  /** Ends with a slash. */
  url: string;
  name: string;
  description: string;
  skill: { id: string; name: string; description: string };
  payment: PaymentParams;
  backend: SellerBackend;
  work: AgentWork;
  /** Whether the card declares the a2a-x402 extension, and the agent asks in band. Default: true. */
  isInBand?: boolean | undefined;
  /** The plan's scheme. Default: `nvm:erc4337`. */
  scheme?: string | undefined;
}

/**
 * An A2A agent that is paid with Nevermined credits, with the observed behaviour of `payments.a2a.start` of
 * `@nevermined-io/payments` 1.11.0, including its defects: protocol 0.3 over JSON-RPC; asks for payment with an
 * `input-required` task; settles before the response to a send and after the end of a stream, also for failed
 * tasks, after a cancel and after the caller has left; redeems the amount that the agent reports, whatever the
 * card says; keeps the credential in the task's history.
 *
 * @returns a handler of its requests.
 */
export function createNeverminedAgent(
  options: NeverminedAgentOptions,
): (request: Request) => Promise<Response> {
  const { payment: params, backend, isInBand = true, scheme = 'nvm:erc4337' } = options;
  const tasks = new Map<string, WireTask>();
  const card = agentCard(options, isInBand);

  return async (request) => {
    const url = new URL(request.url);
    if (request.method === 'GET') {
      const isCard = /\/\.well-known\/agent(?:-card)?\.json$/.test(url.pathname);
      return isCard ? Response.json(card) : new Response('Not Found', { status: 404 });
    }
    const call = parseRpc(await request.text());
    if (call === undefined) return Response.json(rpcError(null, -32700, 'Parse error'));

    const required = paymentRequired(request.url, params, scheme);
    const message = asMessage(call.params['message']);
    const credential = readCredential(request.headers, message?.metadata);
    if (credential === undefined) {
      if (!isInBand) return refuse('Missing payment-signature header.', required);
      if (message !== undefined && isSend(call)) {
        return answerOnce(call, askForPayment(message, required));
      }
      return answer(call, undefined);
    }
    const payment = { ...credential, required };
    try {
      await verify(payment, params, backend);
    } catch (error) {
      return refuse(`Payment validation failed: ${error instanceof Error ? error.message : ''}`);
    }
    return answer(call, payment);
  };

  function answer(call: RpcCall, payment: Payment | undefined): Response | Promise<Response> {
    const message = asMessage(call.params['message']);
    if (isSend(call) && message !== undefined) {
      const work = runWork(message, payment, call.method === 'message/stream');
      return call.method === 'message/stream' ? sseResponse(call.id, work) : last(call, work);
    }
    const task = tasks.get(String(call.params['id']));
    if (call.method !== 'tasks/get' && call.method !== 'tasks/cancel') {
      return Response.json(rpcError(call.id, -32601, `Method not found: ${call.method}`));
    }
    if (task === undefined) return Response.json(rpcError(call.id, -32001, 'Task not found'));
    // The executor is not notified: it continues, and redeems its credits.
    if (call.method === 'tasks/cancel') setStatus(task, 'canceled');
    return Response.json(rpcAnswer(call.id, asJson(task)));
  }

  function askForPayment(message: WireMessage, required: JSONObject): JSONObject {
    const task = newTask(message);
    tasks.set(task.id, task);
    setStatus(task, 'input-required', 'Payment is required.');
    const asked = {
      [X402_METADATA.status]: 'payment-required',
      [X402_METADATA.required]: required,
    };
    stampPayment(task, asked, '');
    return asJson(task);
  }

  /** Yields the events of a stream; their result is in the store. */
  async function* runWork(
    message: WireMessage,
    payment: Payment | undefined,
    isStream: boolean,
  ): AsyncGenerator<JSONObject> {
    const task = newTask(message);
    tasks.set(task.id, task);
    if (isStream) yield asJson(task);
    const taken = (step: AgentStep) =>
      capture({ task, step, payment, useBatch: params.useBatch, backend, isStream });
    try {
      for await (const step of options.work(textOf(message))) {
        const event = applyStep(task, step);
        if (!isStream) await taken(step);
        if (step.step === 'message' || isStream) yield event;
        if (isStream) await taken(step);
      }
      if (!isStream) yield asJson(task);
    } catch (error) {
      if (error instanceof BrokenStream) throw error;
      const text = `Agent execution error: ${error instanceof Error ? error.message : 'unknown'}`;
      setStatus(task, 'failed', text);
      const failed = { ...task, id: isStream ? crypto.randomUUID() : task.id };
      yield isStream ? applyStep(failed, { step: 'end', state: 'failed', text }) : asJson(task);
    }
  }
}

function isSend({ method }: RpcCall): boolean {
  return method === 'message/send' || method === 'message/stream';
}

function answerOnce(call: RpcCall, result: JSONObject): Response {
  return call.method === 'message/stream'
    ? sseResponse(
        call.id,
        (async function* () {
          yield result;
        })(),
      )
    : Response.json(rpcAnswer(call.id, result));
}

/** The first message, else the last task. The work continues if the caller does not wait for it. */
async function last({ id }: RpcCall, work: AsyncGenerator<JSONObject>): Promise<Response> {
  let result: JSONObject | undefined;
  for await (const event of work) result ??= event;
  return Response.json(rpcAnswer(id, result ?? {}));
}

/** No JSON-RPC envelope. The header is present only for a request without payment. */
function refuse(message: string, required?: JSONObject): Response {
  const headers: HeadersInit = required
    ? { 'payment-required': btoa(JSON.stringify(required)) }
    : {};
  return Response.json({ error: { code: -32001, message } }, { status: 402, headers });
}

function asMessage(value: JSONValue | undefined): WireMessage | undefined {
  if (!isRecord(value) || !Array.isArray(value['parts'])) return undefined;
  const { messageId, taskId, contextId, metadata } = value;
  return {
    kind: 'message',
    role: 'user',
    messageId: String(messageId),
    parts: value['parts'].filter((part): part is JSONObject => isRecord(part)),
    ...(typeof taskId === 'string' && { taskId }),
    ...(typeof contextId === 'string' && { contextId }),
    ...(isRecord(metadata) && { metadata }),
  };
}

function textOf({ parts }: WireMessage): string {
  return parts.map(({ text }) => (typeof text === 'string' ? text : '')).join('\n');
}

function agentCard(
  { url, name, description, skill, payment }: NeverminedAgentOptions,
  isInBand: boolean,
): JSONObject {
  const { agentId, credits, planId, planIds, paymentType = 'fixed', useBatch } = payment;
  const redemptionConfig = { useBatch: useBatch ?? false, useMargin: false, marginPercent: 0 };
  return asJson({
    protocolVersion: '0.3.0',
    preferredTransport: 'JSONRPC',
    name,
    description,
    url,
    version: '1.0.0',
    capabilities: {
      streaming: true,
      pushNotifications: false,
      extensions: [
        {
          uri: NEVERMINED_EXTENSION_URI,
          description: `${credits} credits a call`,
          required: false,
          params: {
            paymentType,
            credits,
            agentId,
            costDescription: `${credits} credits a call`,
            isTrialPlan: false,
            redemptionConfig,
            ...(planId !== undefined && { planId }),
            ...(planIds !== undefined && { planIds }),
          },
        },
        ...(isInBand
          ? [{ uri: X402_EXTENSION_URIS[0], description: 'x402 payments', required: false }]
          : []),
      ],
    },
    defaultInputModes: ['text/plain'],
    defaultOutputModes: ['text/plain'],
    skills: [{ ...skill, tags: ['sandbox'] }],
  });
}
