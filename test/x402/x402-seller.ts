import { AgentEvent, type AgentExecutor, type ExecutionEventBus } from '@a2a-js/sdk/server';
import { Role, TaskState } from '@a2a-js/sdk';
import { type FacilitatorClient, type ResourceConfig, x402ResourceServer } from '@x402/core/server';
import type { PaymentPayload, PaymentRequired } from '@x402/core/types';
import { ExactEvmScheme } from '@x402/evm/exact/server';
import { createAgentCard, createAgentHandler } from '../../src/agent';
import { inProcessFetch } from '../../src/sandbox/in-process-fetch';
import { NETWORK } from './chain';

export const SELLER_URL = 'http://seller.test/a2a/';
const V02 = 'https://github.com/google-agentic-commerce/a2a-x402/blob/main/spec/v0.2';

export interface SellerOptions {
  facilitator: FacilitatorClient;
  payTo: string;
  price?: string;
  maxTimeoutSeconds?: number;
  /** What comes of the work. Default: it completes. */
  work?: 'completes' | 'fails' | 'hangs';
  /** When what was signed is taken. Default: after the work. */
  settles?: 'after' | 'before' | 'never';
  /** Shared by the machines of one seller: what was paid for once. */
  bound?: Set<string>;
  /** Changes what it asks for. */
  asks?: (required: PaymentRequired) => unknown;
  /** Changes what it says was paid. */
  receipts?: (receipts: unknown[]) => unknown[];
  extensionUri?: string;
  url?: string;
}

/**
 * An agent of `createAgentHandler` that sells its work by a2a-x402, with the resource server of the
 * x402 packages.
 */
export async function startSeller(options: SellerOptions) {
  const { facilitator, payTo, price = '$0.25', work = 'completes', settles = 'after' } = options;
  const { bound = new Set<string>(), url = SELLER_URL, extensionUri = V02 } = options;
  const server = new x402ResourceServer(facilitator).register(NETWORK, new ExactEvmScheme());
  await server.initialize();
  const config: ResourceConfig = {
    scheme: 'exact',
    network: NETWORK,
    payTo,
    price,
    maxTimeoutSeconds: options.maxTimeoutSeconds ?? 300,
  };
  const accepts = await server.buildPaymentRequirements(config);
  const required = await server.createPaymentRequiredResponse(accepts, { url });
  /** How often it worked, and what came to it. */
  const seen = { works: 0, payments: [] as PaymentPayload[], messages: [] as unknown[] };
  const hanging = new Map<string, () => void>();

  const executor: AgentExecutor = {
    async execute({ taskId, contextId, userMessage, task }, bus) {
      const say = speaker(bus, { taskId, contextId });
      seen.messages.push(userMessage);
      bus.publish(
        AgentEvent.task({
          ...(task ?? { id: taskId, contextId, artifacts: [], history: [userMessage] }),
          metadata: undefined,
          status: status(TaskState.TASK_STATE_SUBMITTED),
        }),
      );
      const paid = userMessage.metadata?.['x402.payment.payload'] as PaymentPayload | undefined;
      if (paid === undefined) {
        say(TaskState.TASK_STATE_INPUT_REQUIRED, 'This costs.', {
          'x402.payment.status': 'payment-required',
          'x402.payment.required': options.asks?.(required) ?? required,
        });
        return;
      }
      seen.payments.push(paid);
      const refuse = (reason: unknown, receipts: unknown[] = []) =>
        say(TaskState.TASK_STATE_FAILED, `Payment refused: ${String(reason)}`, {
          'x402.payment.status': 'payment-failed',
          'x402.payment.error': String(reason),
          'x402.payment.receipts': options.receipts?.(receipts) ?? receipts,
        });
      const matched = server.findMatchingRequirements(accepts, paid);
      if (matched === undefined) return refuse('NETWORK_MISMATCH');
      const { nonce } = (paid.payload as { authorization: { nonce: string } }).authorization;
      if (bound.has(nonce)) return refuse('DUPLICATE_NONCE');
      bound.add(nonce);
      const verified = await server.verifyPayment(paid, matched).catch(failed);
      if (!verified.isValid) return refuse(verified.invalidReason);
      const settle = () => server.settlePayment(paid, matched).catch(failed);
      const receipts: unknown[] = [];
      if (settles === 'before') receipts.push(await settle());
      say(TaskState.TASK_STATE_WORKING, undefined, { 'x402.payment.status': 'payment-verified' });
      seen.works++;
      if (work === 'hangs') {
        await new Promise<void>((resolve) => hanging.set(taskId, resolve));
        return;
      }
      if (work === 'fails') {
        say(TaskState.TASK_STATE_FAILED, 'The oven is cold.', {
          'x402.payment.status': 'payment-failed',
          'x402.payment.receipts': options.receipts?.(receipts) ?? receipts,
        });
        return;
      }
      const settled = settles === 'after' ? await settle() : undefined;
      if (settled !== undefined) receipts.push(settled);
      if (settled?.success === false) return refuse(settled.errorReason, receipts);
      bus.publish(AgentEvent.artifactUpdate(answer({ taskId, contextId }, 'Bread for you.')));
      say(TaskState.TASK_STATE_COMPLETED, undefined, {
        'x402.payment.status': 'payment-completed',
        'x402.payment.receipts': options.receipts?.(receipts) ?? receipts,
      });
    },
    async cancelTask(taskId, bus) {
      hanging.get(taskId)?.();
      speaker(bus, { taskId, contextId: '' })(TaskState.TASK_STATE_CANCELED);
    },
  };
  const card = createAgentCard({
    url,
    name: 'seller',
    description: 'Sells bread.',
    skills: [{ id: 'bake', name: 'Bake', description: 'Bakes.' }],
    extensions: [{ uri: extensionUri, description: '', required: true, params: undefined }],
  });
  const handle = createAgentHandler({ card, executor });
  return { url, card, handle, fetch: inProcessFetch(new URL(url).origin, handle), seen, required };
}

const failed = (error: unknown) => ({
  isValid: false,
  success: false,
  errorReason: 'SETTLEMENT_FAILED',
  invalidReason: error instanceof Error ? error.message : 'unknown',
});

export function speaker(bus: ExecutionEventBus, ids: { taskId: string; contextId: string }) {
  return (state: TaskState, text?: string, metadata: Record<string, unknown> = {}) => {
    const parts = text === undefined ? [] : [textPart(text)];
    const message = {
      ...ids,
      messageId: crypto.randomUUID(),
      role: Role.ROLE_AGENT,
      parts,
      metadata: JSON.parse(JSON.stringify(metadata)),
      extensions: [],
      referenceTaskIds: [],
    };
    bus.publish(
      AgentEvent.statusUpdate({
        ...ids,
        status: { ...status(state), message },
        metadata: undefined,
      }),
    );
  };
}

export function status(state: TaskState) {
  return { state, message: undefined, timestamp: new Date().toISOString() };
}

export function answer(ids: { taskId: string; contextId: string }, text: string) {
  return {
    ...ids,
    artifact: {
      artifactId: 'answer',
      name: 'Answer',
      description: '',
      parts: [textPart(text)],
      metadata: undefined,
      extensions: [],
    },
    append: false,
    lastChunk: true,
    metadata: undefined,
  };
}

function textPart(text: string) {
  return {
    content: { $case: 'text' as const, value: text },
    mediaType: 'text/plain',
    filename: '',
    metadata: undefined,
  };
}
