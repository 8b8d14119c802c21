import { TaskState } from '@a2a-js/sdk';
import { InMemoryTaskStore } from '@a2a-js/sdk/server';
import type { SaleRecord } from '../../../src/agent';
import { clock, inVirtualTime, withSkew } from '../clock';
import { Disk } from '../mortal-storage';
import { useQuickCrypto } from '../quick-crypto';
import type { Model } from '../prove';
import { Violation } from '../violation';
import { Machine, storedTask } from './machine';
import { bake, breadOf, type Work } from './oven';
import { knownShops } from './known-shops';
import { type Coin, Till } from './till';
import { type Shop, shops, type Visit } from './visit';

useQuickCrypto();

/** What came of one visit. */
interface Said {
  visit: Visit;
  coin: Coin | undefined;
  /** All that its caller was answered. */
  text: string;
  /** What its task had been worked for when it was sent. */
  before: Work[];
}

interface Message {
  messageId: string;
  role: string;
  parts: { text: string }[];
  taskId?: string;
  metadata?: { coin: string };
}

/** Plays a schedule on real handlers and executors, against a ledger in memory. */
async function play(shop: Shop): Promise<void> {
  Violation.seen.length = 0;
  const { error } = console;
  // The SDK prints what executors throw.
  console.error = () => {};
  try {
    await inVirtualTime(shop.seed, () => playInTime(shop));
  } finally {
    console.error = error;
  }
  const [seen] = Violation.seen;
  if (seen !== undefined) throw seen;
}

async function playInTime({ deliver, seed, visits }: Shop): Promise<void> {
  const disk = new Disk(seed);
  const taskStore = new InMemoryTaskStore();
  const till = new Till();
  const works: Work[] = [];
  const sales: SaleRecord[] = [];
  const said: Said[] = [];
  const canceled = new Set<string>();
  const machines: Machine[] = [];
  const dead: Machine[] = [];
  const start = (): Machine => {
    const machine: Machine = new Machine({
      deliver,
      disk,
      executor: bake(() => machine, works),
      onSale: (record) => sales.push(record),
      taskStore,
      till,
    });
    return machine;
  };
  const at = (index: 0 | 1): Machine => {
    const living = machines[index];
    if (living?.isAlive === true) return living;
    return (machines[index] = start());
  };
  const answers: Promise<void>[] = [];
  let lastTask = '';
  let lastCoin: Coin | undefined;

  const aimedAt = ({ aims }: Visit) => {
    const begun = works.at(-1)?.taskId ?? '';
    const taskId = aims === 'anew' ? '' : aims === 'answer' ? lastTask : begun;
    return taskId !== '' && { taskId };
  };

  for (const visit of visits) {
    const coin =
      visit.pays === 'nothing' ? undefined : visit.pays === 'again' ? lastCoin : till.add(visit);
    lastCoin = coin ?? lastCoin;
    const message: Message = {
      messageId: crypto.randomUUID(),
      role: 'ROLE_USER',
      parts: [{ text: visit.how }],
      ...aimedAt(visit),
      ...(coin !== undefined && { metadata: { coin: coin.id } }),
    };
    const send = async (machine: Machine) => {
      const before = works.filter((work) => work.taskId === message.taskId);
      const text = (await machine.call('SendStreamingMessage', { message })) ?? '';
      const one: Said = { visit, coin, text, before };
      said.push(one);
      lastTask = /"taskId":"([^"]+)"/.exec(text)?.[1] ?? lastTask;
    };
    const machine = at(visit.machine);
    const other = at(visit.machine === 0 ? 1 : 0);
    answers.push(send(machine));
    if (visit.isTwice) answers.push(send(other));
    await clock.sleep(visit.afterMs);
    const id = works.at(-1)?.taskId;
    if (visit.fate === 'die') {
      machine.die();
      dead.push(machine);
    }
    if (visit.fate.startsWith('cancel') && id !== undefined) {
      const from = visit.fate === 'cancel here' ? machine : other;
      const answer = from.call('CancelTask', { id }).then((text) => {
        if (text?.includes('TASK_STATE_CANCELED') === true) canceled.add(id);
      });
      answers.push(answer);
    }
    await clock.sleep(visit.pauseMs);
  }

  await clock.sleep(10_000);
  await Promise.all(answers);
  checkCanceled();
  // Twice, at once: what is left is ended once.
  await Promise.all([at(0), at(1)].map((one) => one.paid.reconcile({ olderThanMs: 0 })));
  // What could not be given back, or taken, at the first try.
  await start().paid.reconcile({ olderThanMs: 0 });
  // By a later clock: sleeping for as long would wake all that look now and then.
  for (const ms of [4_000_000, 4_001_000, 100_000_000]) {
    await withSkew(ms, () => start().paid.reconcile({ olderThanMs: 0 }));
  }
  await check();

  /** Who cancels a task has back what is locked for it then, and not when somebody reconciles. */
  function checkCanceled(): void {
    if (dead.length > 0) return;
    for (const taskId of canceled) {
      for (const id of coinsOf(taskId, ({ event }) => event === 'verified')) {
        const coin = till.coins.get(id);
        if (coin?.state !== 'locked' || coin.wasAway || coin.isSlow) continue;
        throw new Error(`${id} stays locked for ${taskId}, which is canceled`);
      }
    }
  }

  async function check(): Promise<void> {
    for (const coin of till.coins.values()) {
      const own = works.filter(({ taskId }) => coinsOf(taskId).has(coin.id));
      const done = own.filter(({ end }) => end === 'completed');
      if (done.length > 1) throw new Error(`${coin.id} is worked for ${done.length} times`);
      if (coin.state === 'taken') {
        const [work] = done;
        if (work === undefined) throw new Error(`${coin.id} is taken for no work`);
        if (canceled.has(work.taskId)) throw new Error(`${coin.id} is taken for a canceled task`);
        const task = await storedTask(taskStore, work.taskId);
        const isShown = task?.status?.state === TaskState.TASK_STATE_COMPLETED;
        if (!isShown && coin.fails === undefined && work.machine.isAlive) {
          throw new Error(`${coin.id} is taken, and its task is ${task?.status?.state}`);
        }
        const isTold = said.some(
          ({ text }) => text.includes(work.taskId) && text.includes('TASK_STATE_COMPLETED'),
        );
        if (!isTold && coin.fails === undefined && work.machine.isAlive) {
          throw new Error(`${coin.id} is taken, and nobody was told`);
        }
      }
      // What it was writing as it died cannot be read.
      if (coin.state === 'locked' && !dead.some(({ isTorn }) => isTorn)) {
        throw new Error(`${coin.id} stays locked`);
      }
    }
    const taskIds = new Set(works.map(({ taskId }) => taskId));
    for (const taskId of taskIds) {
      const coins = [...coinsOf(taskId)].map((id) => till.coins.get(id));
      const mayBeSeen =
        deliver === 'stream' ||
        coins.some((coin) => coin?.kind === 'locked' || coin?.state === 'taken');
      const task = await storedTask(taskStore, taskId);
      const seen = JSON.stringify(task ?? {}) + said.map(({ text }) => text).join('');
      if (!mayBeSeen && seen.includes(breadOf(taskId))) {
        throw new Error(`The bread of ${taskId} is seen, and not paid`);
      }
      if (coins.filter((coin) => coin?.state === 'taken').length > 1) {
        throw new Error(`${taskId} is paid twice`);
      }
    }
    checkQuestions();
    checkBooks();
  }

  /** Whoever listens to the work would take the question for its end. */
  function checkQuestions(): void {
    for (const { before, text } of said) {
      const isWorked = before.some(({ machine }) => machine.isAlive);
      const hasAsked = before.some(({ end }) => end === 'asked');
      if (isWorked && !hasAsked && text.includes('payment-required')) {
        throw new Error(`${before[0]?.taskId} is asked for its payment while it is worked for`);
      }
    }
  }

  function checkBooks(): void {
    const ends = new Map<string, SaleRecord[]>();
    for (const record of sales) {
      if (!['settled', 'unsettled', 'refunded', 'unresolved'].includes(record.event)) continue;
      ends.set(record.sale, [...(ends.get(record.sale) ?? []), record]);
    }
    for (const [sale, [first, ...more]] of ends) {
      const records = [first, ...more].filter((record) => record !== undefined);
      // The store keeps the first: one who died after it has told of it leaves its turn unresolved.
      const isSame = (event: string) => event === first?.event || event === 'unresolved';
      if (!more.every(({ event }) => isSame(event))) {
        throw new Error(`The books end ${sale} as ${records.map(({ event }) => event).join(', ')}`);
      }
    }
    for (const { id, state } of till.coins.values()) {
      const [first] = ends.get(till.saleOf(id)) ?? [];
      if (state === 'taken' && first?.event === 'refunded') {
        throw new Error(`The books say that ${id} was given back, and it is taken`);
      }
    }
    if (dead.length > 0) return;
    const verified = new Set(
      sales.filter(({ event }) => event === 'verified').map(({ sale }) => sale),
    );
    const waiting = works.filter(({ end }) => end === 'asked').length;
    const open = [...verified].filter((sale) => !ends.has(sale)).length;
    if (open > waiting) throw new Error(`The books leave ${open} sales open`);
    const settled = [...ends.values()].filter(([one]) => one?.event === 'settled').length;
    const taken = [...till.coins.values()].filter(
      ({ fails, state }) => state === 'taken' && fails === undefined,
    ).length;
    if (settled !== taken)
      throw new Error(`The books have ${settled} settled, the ledger ${taken}`);
  }

  /** Which payments a task was shown. */
  function coinsOf(taskId: string, isMeant: (record: SaleRecord) => boolean = () => true) {
    const own = sales.filter((record) => record.taskId === taskId && isMeant(record));
    const known = new Set(own.map(({ sale }) => sale));
    return new Set([...till.coins.keys()].filter((id) => known.has(till.saleOf(id))));
  }
}

export const sellings: Model<Shop> = {
  promise: 'an agent is paid once for work that it did, and for no other',
  schedules: shops,
  known: knownShops,
  play,
  describe: (shop) => JSON.stringify(shop, undefined, 1),
};
