import { Role, TaskState } from '@a2a-js/sdk';
import {
  AgentEvent,
  type AgentExecutor,
  type ExecutionEventBus,
  type RequestContext,
} from '@a2a-js/sdk/server';
import { x402ResourceServer, type FacilitatorClient } from '@x402/core/server';
import { ExactEvmScheme } from '@x402/evm/exact/server';
import { afterEach } from 'vitest';
import {
  type AcceptedPayment,
  acceptX402,
  createAgentCard,
  createAgentHandler,
  requirePayment,
  type RequirePaymentOptions,
  type SaleRecord,
  type X402Offer,
} from '../../../src/agent';
import { inProcessFetch } from '../../../src/sandbox/in-process-fetch';
import { NETWORK } from '../../x402/chain';

export const SHOP_URL = 'http://shop.test/a2a/';

/** Bakes in two pieces; the text of a message says how it ends. */
export class Baker implements AgentExecutor {
  readonly begun: string[] = [];
  used: number | undefined;
  private readonly ovens = new Map<string, () => void>();

  async execute(request: RequestContext, bus: ExecutionEventBus): Promise<void> {
    const { contextId, task, taskId, userMessage } = request;
    const [part] = userMessage.parts;
    const how = part?.content?.$case === 'text' ? part.content.value : '';
    this.begun.push(taskId);
    bus.publish(
      AgentEvent.task({
        ...(task ?? { id: taskId, contextId, artifacts: [], history: [userMessage] }),
        metadata: {},
        status: { state: TaskState.TASK_STATE_WORKING, message: undefined, timestamp: undefined },
      }),
    );
    if (how === 'asks') return say(bus, request, TaskState.TASK_STATE_INPUT_REQUIRED, 'Which?');
    bus.publish(AgentEvent.artifactUpdate(piece(request, 'Half ', false)));
    if (how === 'throws') throw new Error('The oven exploded.');
    if (how === 'burns') return say(bus, request, TaskState.TASK_STATE_FAILED, 'It burned.');
    if (how === 'waits') await new Promise<void>((open) => this.ovens.set(taskId, open));
    bus.publish(AgentEvent.artifactUpdate(piece(request, 'a bread.', true)));
    const metadata = this.used === undefined ? {} : { creditsUsed: this.used };
    say(bus, request, TaskState.TASK_STATE_COMPLETED, undefined, metadata);
  }

  /** Ovens that are shut. */
  get waiting(): number {
    return this.ovens.size;
  }

  /** Takes the bread of all ovens out. */
  open(): void {
    for (const open of this.ovens.values()) open();
    this.ovens.clear();
  }

  async cancelTask(taskId: string, bus: ExecutionEventBus): Promise<void> {
    say(bus, { taskId, contextId: '' }, TaskState.TASK_STATE_CANCELED);
    this.ovens.get(taskId)?.();
  }
}

/** A shop of one or more machines, and what becomes of its sales. */
export function openShop(
  accepts: AcceptedPayment[],
  { baker = new Baker(), ...options }: Partial<RequirePaymentOptions> & { baker?: Baker } = {},
) {
  const sales: SaleRecord[] = [];
  const card = createAgentCard({
    url: SHOP_URL,
    name: 'baker',
    description: 'Bakes bread.',
    skills: [{ id: 'bake', name: 'Bake', description: 'Bakes.' }],
    extensions: accepts.flatMap((accept) => accept.extensions(['bake'])),
  });
  const machine = (own = baker) => {
    const executor = requirePayment(own, {
      accepts,
      onSale: (event) => sales.push(event),
      ...options,
    });
    const { taskStore } = options;
    const handle = createAgentHandler({ card, executor, ...(taskStore && { taskStore }) });
    return { handle, executor, fetch: inProcessFetch(new URL(SHOP_URL).origin, handle) };
  };
  return { ...machine(), another: machine, baker, card, sales };
}

/** Takes a quarter of a dollar by x402. */
export function quarterByX402(facilitator: FacilitatorClient, payTo: string): AcceptedPayment {
  const server = new x402ResourceServer(facilitator).register(NETWORK, new ExactEvmScheme());
  const offer: X402Offer = {
    scheme: 'exact',
    network: 'eip155:84532',
    payTo,
    price: '$0.25',
    maxTimeoutSeconds: 300,
  };
  return acceptX402({ server, offers: [offer] });
}

type Ids = Pick<RequestContext, 'contextId' | 'taskId'>;

function say(
  bus: ExecutionEventBus,
  { contextId, taskId }: Ids,
  state: TaskState,
  text?: string,
  metadata: Record<string, unknown> = {},
): void {
  const message = text === undefined ? undefined : { ...messageOf(text), contextId, taskId };
  const status = { state, timestamp: new Date().toISOString(), message };
  bus.publish(AgentEvent.statusUpdate({ taskId, contextId, status, metadata }));
}

function messageOf(text: string) {
  return {
    messageId: crypto.randomUUID(),
    role: Role.ROLE_AGENT,
    parts: [textPart(text)],
    metadata: {},
    extensions: [],
    referenceTaskIds: [],
  };
}

function piece({ contextId, taskId }: Ids, text: string, lastChunk: boolean) {
  return {
    taskId,
    contextId,
    artifact: {
      artifactId: 'bread',
      name: 'Bread',
      description: '',
      parts: [textPart(text)],
      metadata: undefined,
      extensions: [],
    },
    append: lastChunk,
    lastChunk,
    metadata: undefined,
  };
}

function textPart(value: string) {
  return {
    content: { $case: 'text' as const, value },
    mediaType: 'text/plain',
    filename: '',
    metadata: undefined,
  };
}

/** Makes bakers whose ovens are opened when a test is over. For a file of tests, or a group of them. */
export function useBakers(): (baker?: Baker) => Baker {
  const bakers: Baker[] = [];
  afterEach(() => {
    for (const baker of bakers.splice(0)) baker.open();
  });
  return (baker = new Baker()) => {
    bakers.push(baker);
    return baker;
  };
}
