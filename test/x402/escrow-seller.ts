import { AgentEvent, type AgentExecutor } from '@a2a-js/sdk/server';
import { TaskState } from '@a2a-js/sdk';
import { type FacilitatorClient, x402ResourceServer } from '@x402/core/server';
import type {
  PaymentPayload,
  PaymentRequired,
  PaymentRequirements,
  SchemeNetworkServer,
} from '@x402/core/types';
import { ExactEvmScheme } from '@x402/evm/exact/server';
import { createAgentCard, createAgentHandler } from '../../src/agent';
import { inProcessFetch } from '../../src/sandbox/in-process-fetch';
import { NETWORK } from './chain';
import { answer, SELLER_URL, speaker, status } from './x402-seller';

/** `auth-capture` for `x402ResourceServer`, which the packages of x402 lack. Its offers are all in `extra`. */
export const authCaptureScheme: SchemeNetworkServer = {
  scheme: 'auth-capture',
  defaultAssetTransferMethod: 'eip3009',
  paymentFlows: { eip3009: { supported: ['escrow'], default: 'escrow' } },
  parsePrice: (price, network) => new ExactEvmScheme().parsePrice(price, network),
  enhancePaymentRequirements: async (requirements) => requirements,
};

export interface EscrowSellerOptions {
  facilitator: FacilitatorClient;
  payTo: string;
  /** What its offers say of the escrow, for a payer. */
  extra: (payer: string | undefined) => Record<string, unknown>;
  price?: string;
  maxTimeoutSeconds?: number;
  /** What comes of the work. Default: it completes. */
  work?: 'completes' | 'fails' | 'hangs' | 'asks back';
  /** Whether it collects the payment before it works. Default: yes. */
  collects?: boolean;
  /** Once the work is done, or has failed. Where the payer decides there is nothing to do. */
  afterWork?: (payment: PaymentPayload, offer: PaymentRequirements, isDone: boolean) => unknown;
  /** Changes what it asks for. */
  asks?: (required: PaymentRequired) => unknown;
}

/**
 * An agent of `createAgentHandler` whose payments an escrow holds while it works, with the resource server of
 * the x402 packages.
 */
export async function startEscrowSeller(options: EscrowSellerOptions) {
  const { collects = true, facilitator, payTo, price = '$0.25', work = 'completes' } = options;
  const server = new x402ResourceServer(facilitator).register(NETWORK, authCaptureScheme);
  await server.initialize();
  const seen = { works: 0, payments: [] as PaymentPayload[], messages: [] as unknown[] };
  /** They have deadlines in them, so they are kept. */
  const offers: PaymentRequirements[] = [];
  const hanging = new Map<string, () => void>();

  const executor: AgentExecutor = {
    async execute({ taskId, contextId, userMessage, task }, bus) {
      const say = speaker(bus, { taskId, contextId });
      const { metadata = {} } = userMessage;
      seen.messages.push(userMessage);
      bus.publish(
        AgentEvent.task({
          ...(task ?? { id: taskId, contextId, artifacts: [], history: [userMessage] }),
          metadata: undefined,
          status: status(TaskState.TASK_STATE_SUBMITTED),
        }),
      );
      const deliver = async (receipts: unknown[]) => {
        bus.publish(AgentEvent.artifactUpdate(answer({ taskId, contextId }, 'Bread for you.')));
        say(TaskState.TASK_STATE_COMPLETED, undefined, {
          'x402.payment.status': 'payment-completed',
          'x402.payment.receipts': receipts,
        });
      };
      const isAnswer = work === 'asks back' && seen.works > 0;
      if (isAnswer) return deliver([]);
      const paid = metadata?.['x402.payment.payload'] as PaymentPayload | undefined;
      if (paid === undefined) {
        const payer = metadata?.['x402.payment.payer'] as string | undefined;
        const accepts = await server.buildPaymentRequirements({
          scheme: 'auth-capture',
          network: NETWORK,
          payTo,
          price,
          maxTimeoutSeconds: options.maxTimeoutSeconds ?? 60,
          extra: { name: 'USDC', version: '2', ...options.extra(payer) },
        });
        offers.push(...accepts);
        const required = await server.createPaymentRequiredResponse(accepts, { url: SELLER_URL });
        say(TaskState.TASK_STATE_INPUT_REQUIRED, 'This costs.', {
          'x402.payment.status': 'payment-required',
          'x402.payment.required': options.asks?.(required) ?? required,
        });
        return;
      }
      seen.payments.push(paid);
      const refuse = (reason: unknown) =>
        say(TaskState.TASK_STATE_FAILED, `Payment refused: ${String(reason)}`, {
          'x402.payment.status': 'payment-failed',
          'x402.payment.error': String(reason),
        });
      const offer = server.findMatchingRequirements(offers, paid);
      if (offer === undefined) return refuse('NETWORK_MISMATCH');
      const verified = await server.verifyPayment(paid, offer);
      if (!verified.isValid) return refuse(verified.invalidReason);
      const receipts: unknown[] = [];
      if (collects) {
        const settled = await server.settlePayment(
          paid,
          offer,
          undefined,
          undefined,
          undefined,
          'before-handler',
        );
        if (!settled.success) return refuse(settled.errorReason);
        receipts.push(settled);
      }
      say(TaskState.TASK_STATE_WORKING, 'Baking.', { 'x402.payment.status': 'payment-verified' });
      seen.works++;
      if (work === 'hangs') {
        await new Promise<void>((resolve) => hanging.set(taskId, resolve));
        return;
      }
      await options.afterWork?.(paid, offer, work !== 'fails');
      if (work === 'asks back') return say(TaskState.TASK_STATE_INPUT_REQUIRED, 'White or brown?');
      if (work === 'fails') return say(TaskState.TASK_STATE_FAILED, 'The oven is cold.');
      await deliver(receipts);
    },
    async cancelTask(taskId, bus) {
      hanging.get(taskId)?.();
      speaker(bus, { taskId, contextId: '' })(TaskState.TASK_STATE_CANCELED);
    },
  };
  const card = createAgentCard({
    url: SELLER_URL,
    name: 'seller',
    description: 'Sells bread.',
    skills: [{ id: 'bake', name: 'Bake', description: 'Bakes.' }],
    extensions: [
      {
        uri: 'https://github.com/google-agentic-commerce/a2a-x402/blob/main/spec/v0.2',
        description: '',
        required: true,
        params: undefined,
      },
    ],
  });
  const handle = createAgentHandler({ card, executor });
  return {
    url: SELLER_URL,
    handle,
    fetch: inProcessFetch(new URL(SELLER_URL).origin, handle),
    seen,
    offers,
  };
}
