import type { CallWarning, ProviderMetadata } from 'ai';
import type { Settlement, SettlementEvent, SettlementReceipt } from 'ai-sdk-a2a-settlement';
import type { DemoAgentName } from 'ai-sdk-a2a-settlement/sandbox';
import { agentNames, type CallFigures, type Movement } from './demo-figures';
import type { MoneyLine, Screen } from './screen';

const eventNames = ['held', 'released', 'refunded', 'kept', 'unsettled', 'unresolved'] as const;

/** The longest wait, in milliseconds, for the settlement after a call. An exchange needs a few. */
const patienceMs = 3000;

/** Records what happens to the money of each call, and prints it. */
export class MoneyLog {
  readonly calls: Record<string, CallFigures> = {};
  private current: CallFigures = { movements: [], receipts: [], unpaidWarnings: 0 };
  private agent = '';
  private readonly escrowIds: string[] = [];
  private resting = Promise.withResolvers<() => void>();

  constructor(
    private readonly screen: Screen,
    private readonly balance: () => number,
  ) {}

  listen(settlement: Settlement): void {
    for (const name of eventNames) {
      settlement.on(name, (event) => this.note(name, event));
    }
  }

  /** Begins a call. */
  open(number: number, method: string, story: string, agent: DemoAgentName): void {
    this.current = { movements: [], receipts: [], unpaidWarnings: 0 };
    this.calls[`call ${number}`] = this.current;
    this.agent = agentNames[agent];
    this.screen.title(`${number}`, method, story);
  }

  /** Ends a call, or one turn of it, once its hold has ended. Without a result, the call threw. */
  async close(result?: {
    providerMetadata: ProviderMetadata | undefined;
    warnings: CallWarning[] | undefined;
  }): Promise<void> {
    const receipt = result?.providerMetadata?.settlement;
    if (receipt !== undefined) {
      this.current.receipts.push(`${receipt.status}`);
    }
    const unpaid = result?.warnings?.filter(
      (warning) => warning.type === 'other' && warning.message.includes('unpaid'),
    );
    this.current.unpaidWarnings += unpaid?.length ?? 0;
    const say = await Promise.race([this.resting.promise, givingUp()]);
    this.resting = Promise.withResolvers();
    say?.();
  }

  private note(event: Movement['event'], { receipt, reason }: SettlementEvent): void {
    const movement = this.movementOf(event, receipt);
    this.current.movements.push(movement);

    const { text, tokens } = explain(movement, { agent: this.agent, reason });
    const say = () =>
      this.screen.money({ name: names[event], tokens, text, balance: movement.balance });
    if (event === 'held' || event === 'unsettled') {
      say();
    }
    if (event !== 'held') {
      // Printed after the answer, because the settlement may finish first.
      this.resting.resolve(event === 'unsettled' ? () => {} : say);
    }
  }

  private movementOf(event: Movement['event'], receipt: SettlementReceipt): Movement {
    const { escrowId, amount = 0, fee = 0, captured = 0, returned = 0 } = receipt;
    if (escrowId !== undefined && !this.escrowIds.includes(escrowId)) {
      this.escrowIds.push(escrowId);
    }
    const hold = escrowId === undefined ? 0 : this.escrowIds.indexOf(escrowId) + 1;
    // The demo pays in tokens of the exchange, which have no decimals.
    return {
      event,
      hold,
      amount: Number(amount),
      fee: Number(fee),
      captured: Number(captured),
      returned: Number(returned),
      balance: this.balance(),
    };
  }
}

const names = {
  held: 'held',
  released: 'released',
  refunded: 'refunded',
  kept: 'kept',
  unsettled: 'unpaid',
  unresolved: 'unresolved',
} as const satisfies Record<Movement['event'], MoneyLine['name']>;

function explain(
  { event, amount, fee, captured, returned }: Movement,
  { agent, reason }: { agent: string; reason: SettlementEvent['reason'] },
): { tokens: number; text: string } {
  switch (event) {
    case 'held':
      return { tokens: amount + fee, text: `${amount} for the ${agent} + ${fee} fee, into escrow` };
    case 'released':
      return {
        tokens: captured + fee,
        text: `${captured} to the ${agent}, ${fee} to the exchange`,
      };
    case 'refunded':
      return {
        tokens: returned,
        text: `to you, all of it: ${reason === 'aborted' ? 'you left' : 'the agent failed'}`,
      };
    case 'kept':
      return { tokens: amount + fee, text: 'stay in escrow: the agent waits for your answer' };
    case 'unsettled':
      return { tokens: 0, text: 'nothing could be held, a warning on the result says so' };
    case 'unresolved':
      return { tokens: amount + fee, text: 'stay in escrow: the exchange did not answer' };
  }
}

async function givingUp(): Promise<undefined> {
  await new Promise((resolve) => setTimeout(resolve, patienceMs).unref());
}
