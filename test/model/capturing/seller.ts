import type { JSONObject } from '@ai-sdk/provider';
import { clock } from '../clock';
import { network, payer, usdc, type Chain } from './chain';
import { planId, type Credits } from './credits';
import type { Message, Payment, SoldTask, TaskState } from './purchase';
import type { Market, Sale } from './sale';

/** Whom agents ask to pay. The first is theirs. */
export const payees = {
  own: '0xAbCdEf0123456789AbCdEf0123456789AbCdEf01',
  stranger: '0x9999999999999999999999999999999999999999',
};
export const agentId = 'did:nv:seller';

/** In the smallest units: 0.250001 USDC, and credits. */
export const price = { coin: 250_001n, credits: 5n };

const x402Uri = 'https://github.com/google-agentic-commerce/a2a-x402/blob/main/spec/v0.2';
const usdt = '0x779Ded0c9e1022225f8E0630b35a9b54bE713736';

/** What comes with a message. */
export interface Incoming {
  contextId: string | undefined;
  taskId: string | undefined;
  metadata: Record<string, unknown>;
  headers: Record<string, string | undefined>;
}

/** All that agents and ledgers have in common. */
export interface Marketplace {
  market: Market;
  chain: Chain;
  credits: Credits;
  /** By what carries them: a nonce, or the token of a call. */
  paymentOf: (message: Message, carried: string) => Payment | undefined;
}

/** An agent that takes money as it is told, and knows the real state of its tasks. */
export class Seller {
  readonly id: Sale['seller'];
  readonly tasks: SoldTask[] = [];
  private readonly place: Marketplace;
  /** What it was shown for each payment. */
  private readonly tokens = new Map<Payment, string[]>();

  constructor(id: Sale['seller'], place: Marketplace) {
    this.id = id;
    this.place = place;
  }

  card(): JSONObject {
    const x402 = { uri: x402Uri, required: false };
    const params = { paymentType: 'fixed', credits: Number(price.credits), agentId, planId };
    const plan = { uri: 'urn:nevermined:payment', required: false, params };
    const extensions = { coin: [x402], mute: [], plan: [plan] }[this.id];
    return {
      name: this.id,
      url: `http://${this.id}.test/`,
      capabilities: { extensions },
      skills: [],
    };
  }

  task(id: string | undefined): SoldTask | undefined {
    return this.tasks.find((task) => task.id === id);
  }

  /**
   * Takes a message. Whether it asks for its payment, or begins to work.
   *
   * @throws what the agent answers instead.
   */
  receive(message: Message, incoming: Incoming): 'asks' | 'works' {
    const { sale } = message.call;
    const named = this.task(incoming.taskId);
    const carried = this.carried(incoming);
    message.isPaying = carried !== undefined;
    const earlier = named?.payments.at(-1);
    const { payment = earlier } = {
      payment: carried === undefined ? undefined : this.place.paymentOf(message, carried),
    };
    message.payment = payment;
    if (carried !== undefined && payment !== undefined) {
      payment.isShown = true;
      if (this.id === 'plan') this.noteToken(payment, carried);
    }
    if (incoming.taskId !== undefined && named === undefined) throw new Error('Task not found');
    if (named !== undefined && named.state !== 'input-required') {
      throw new Error(`The task is ${named.state}`);
    }
    const isPaid =
      carried === undefined ? message.payment !== undefined : this.isGood(message, carried);
    const asked = message.call.messages.filter(({ isAsking, isPaying }) => isAsking && isPaying);
    const isContent =
      sale.welcome === 'takes it' || (sale.welcome === 'asks again once' && asked.length > 0);
    // What was paid in an earlier turn is not asked for again.
    const isAsking = message.isPaying ? !isPaid || !isContent : !isPaid && sale.wish !== 'nothing';
    message.isAsking = isAsking;
    const isBare = isAsking && sale.wish === 'its price, with HTTP 402' && named === undefined;
    if (!isBare) {
      const task = named ?? this.begin(sale, incoming.contextId);
      message.task = task;
      task.messages.push(message);
      task.sale = sale;
      if (payment !== undefined && !isAsking) task.payments.push(payment);
    }
    if (sale.takes === 'as it begins' && isPaid && payment?.taken.length === 0) this.take(message);
    if (!isAsking && message.task !== undefined) message.task.state = 'working';
    return isAsking ? 'asks' : 'works';
  }

  /** What it asks for, as it says it in a task or in a header. */
  required({ call: { sale }, isPaying }: Message): JSONObject {
    if (this.id === 'plan') {
      const accepted = { scheme: 'nvm:erc4337', network, planId, extra: { agentId } };
      return { x402Version: 2, resource: { url: 'http://plan.test/' }, accepts: [accepted] };
    }
    const { scheme, validSeconds } = this.place.market;
    const isMore =
      sale.wish === 'more than a call may cost' || (isPaying && sale.welcome === 'asks for more');
    const offer = {
      scheme,
      network,
      amount: String(isMore ? 3n * price.coin : price.coin),
      asset: usdc,
      payTo: sale.wish === 'another payee' ? payees.stranger : payees.own,
      maxTimeoutSeconds: validSeconds,
      extra: { name: 'USDC', version: '2' },
      ...(sale.wish === 'another currency' && { network: 'eip155:988', asset: usdt }),
      ...(sale.wish === 'an unknown asset' && { asset: payees.stranger }),
    };
    return { x402Version: 2, resource: { url: `http://${this.id}.test/` }, accepts: [offer] };
  }

  /** The turn has come to its end: what it takes, and what it says of that. */
  settle(message: Message, state: TaskState): void {
    const { call, task } = message;
    if (task === undefined || task.state !== 'working') return;
    const { sale } = call;
    const isOver = state !== 'input-required';
    const isFailure = state !== 'completed';
    message.state = state;
    task.state = state;
    if (!isOver || message.payment === undefined) return;
    const { payment } = message;
    if (sale.tells === 'lies') this.tell(message, payment.amount, `0x${'1'.repeat(64)}`);
    const isFree = sale.takes === 'never' || (isFailure && !sale.takesOnFailure);
    if (isFree && this.id === 'plan' && sale.tells !== 'nothing') {
      task.attached['creditsUsed'] ??= '0';
    }
    if (isFree) return;
    if (sale.takes === 'at its end') this.take(message);
    if (sale.takes === 'later') setTimeout(() => this.take(message), sale.laterMs);
    if (sale.takes === 'too late') {
      setTimeout(() => this.take(message), Math.max(0, payment.overAt - clock.now()) + 1000);
    }
  }

  /** What it attaches to an answer. */
  answer(message: Message): JSONObject {
    const { payment, task } = message;
    if (message.isAsking) {
      return {
        'x402.payment.status': 'payment-required',
        'x402.payment.required': this.required(message),
      };
    }
    if (task === undefined || message.call.sale.tells === 'of its task only') return {};
    const [last] = payment?.saidOfTask.slice(-1) ?? [];
    if (last !== undefined) payment?.said.push(last);
    return { ...task.attached };
  }

  private begin(sale: Sale, contextId: string | undefined): SoldTask {
    const n = this.tasks.length;
    const task: SoldTask = {
      seller: this.id,
      id: `${this.id}-task-${n}`,
      contextId: contextId ?? `${this.id}-context-${n}`,
      state: 'input-required',
      messages: [],
      payments: [],
      sale,
      attached: {},
    };
    this.tasks.push(task);
    return task;
  }

  /** What a message pays with: a nonce, or a token. */
  private carried({ headers, metadata }: Incoming): string | undefined {
    const header = headers['payment-signature'];
    const inBand = metadata['x402.payment.payload'];
    if (this.id === 'plan') return header;
    if (header === undefined && inBand === undefined) return undefined;
    const payload = inBand ?? JSON.parse(Buffer.from(header ?? '', 'base64').toString());
    return /"nonce":"([^"]+)"/.exec(JSON.stringify(payload))?.[1] ?? '';
  }

  private isGood({ payment }: Message, carried: string): boolean {
    if (payment === undefined) return false;
    if (this.id === 'plan')
      return (this.place.credits.tokens.get(carried)?.endsAt ?? 0) > clock.now();
    return payment.payee === payees.own && this.place.chain.isOpen(carried);
  }

  /** As much as it wants, as far as its ledger lets it. */
  private take(message: Message): void {
    const { call, payment } = message;
    const { sale } = call;
    if (payment === undefined) return;
    for (let time = 0; time < (sale.isTwice ? 2 : 1); time++) {
      const taken =
        this.id === 'plan' ? this.charge(message, payment) : this.capture(payment, sale);
      if (taken === undefined) continue;
      payment.taken.push({ ...taken, at: clock.now() });
      if (sale.tells !== 'nothing' && sale.tells !== 'lies') {
        this.tell(message, taken.amount, taken.transaction);
      }
    }
  }

  private charge({ call: { sale } }: Message, payment: Payment) {
    const credits = (Number(price.credits) * sale.percent) / 100;
    const whole = Math.max(1, Math.floor(credits));
    for (const token of this.tokens.get(payment) ?? []) {
      const charge = this.place.credits.charge(token, whole);
      if (charge !== undefined) return { amount: BigInt(whole), transaction: charge.transaction };
    }
    return undefined;
  }

  private noteToken(payment: Payment, token: string): void {
    this.tokens.set(payment, [...(this.tokens.get(payment) ?? []), token]);
  }

  private capture(payment: Payment, { percent }: Sale) {
    const wanted = (payment.amount * BigInt(percent)) / 100n;
    const { chain } = this.place;
    // What is refused it asks for as it was signed.
    return chain.take(payment.id, wanted) ?? chain.take(payment.id, payment.amount);
  }

  private tell({ payment, task }: Message, amount: bigint, transaction: string): void {
    if (task === undefined || payment === undefined) return;
    payment.saidOfTask.push(amount);
    const isPlan = this.id === 'plan';
    const receipt = {
      success: true,
      transaction,
      network,
      ...(isPlan ? { creditsRedeemed: Number(amount) } : { payer, amount: String(amount) }),
    };
    task.attached = {
      'x402.payment.status': 'payment-completed',
      'x402.payment.receipts': [receipt],
      ...(isPlan && { creditsUsed: Number(amount), txHash: transaction }),
    };
  }
}
