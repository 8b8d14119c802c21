import type { JSONObject, LanguageModelV4Prompt, SharedV4ProviderMetadata } from '@ai-sdk/provider';
import { wrapLanguageModel } from 'ai';
import { checkLedger, type Generation } from './check-ledger';
import { clock } from './clock';
import { FaultyExchange } from './faulty-exchange';
import { Disk } from './mortal-storage';
import { Process } from './process';
import type { Schedule, Step } from './schedule';
import { ScriptedAgent, waitsForEnd, type AgentTurn } from './scripted-agent';

/** A task whose agent waits for the caller. */
interface Waiting {
  agent: 0 | 1;
  taskId: string;
  metadata: SharedV4ProviderMetadata | undefined;
}

const agents = ['agent', 'another agent'];

/** Plays a schedule against a real exchange and checks the ledger. Throws what is wrong. */
export async function play(schedule: Schedule): Promise<void> {
  const line = new FaultyExchange();
  const shared = new Disk(schedule.seed);
  const isHeld = (escrowId: string) =>
    line.exchange.ledger().escrows.some(({ id, status }) => id === escrowId && status === 'held');
  const [one, other] = [
    new ScriptedAgent('agent', isHeld),
    new ScriptedAgent('another agent', isHeld),
  ];
  const provider = { languageModel: (id: string) => (id === one.id ? one : other).languageModel() };
  // Holds that are nobody's business here.
  const untouchable = [
    await line.holdOutside(line.stranger, 'aisdk-of-a-stranger'),
    await line.holdOutside(line.payer, 'of-another-program'),
  ];
  const processes: Process[] = [];
  const generations: Generation[] = [];
  let process = start();
  let waiting: Waiting | undefined;
  let answered: Waiting | undefined;
  let hasLapsed = false;

  for (const step of schedule.steps) {
    if (step.isElsewhere || !process.isAlive) process = start();
    line.faults = [...step.faults];
    line.isDown = step.goesDown === 'before the hold';
    const heldListener = process.settlement.on('held', () => {
      if (step.goesDown === 'after the hold') line.isDown = true;
    });
    await generate(step);
    heldListener();
    if (step.dies === 'after it') process.die();
    line.faults = [];
    line.isDown = false;
    if (step.lapses === 'after it') await lapse();
    await Promise.all(
      Array.from({ length: step.reconciles }, () =>
        start().settlement.reconcile({ provider, graceMs: 0 }),
      ),
    );
    await line.deliverLate();
  }

  // Past all grace. Whatever lives reconciles, all at once; and then again, to say what is left.
  clock.forward(6 * 60_000);
  start();
  start();
  const alive = processes.filter(({ isAlive }) => isAlive);
  const reconcileAll = () =>
    Promise.all(alive.map(({ settlement }) => settlement.reconcile({ provider })));
  await reconcileAll();
  const reports = await reconcileAll();
  const named = reports.flatMap(({ open, unresolved }) => [...open, ...unresolved]);
  checkLedger({
    line,
    schedule,
    disk: shared,
    processes,
    generations,
    untouchable,
    hasLapsed,
    named: new Set(named.map(({ escrowId }) => escrowId)),
  });

  function start(): Process {
    const started = new Process(schedule, { agents, line, shared });
    processes.push(started);
    return started;
  }

  async function lapse(): Promise<void> {
    // No request is under way for longer than its hold would last.
    await line.deliverLate();
    clock.forward(2 * 3_600_000);
    hasLapsed = true;
  }

  async function generate(step: Step): Promise<void> {
    const found = step.continues === 'by old messages' ? answered : waiting;
    // The messages come along to the other agent, too.
    const seen = step.continues === 'no' ? undefined : found;
    const continued = seen?.agent === step.agent ? seen : undefined;
    const isTwice = continued !== undefined && step.continues === 'twice at once';
    if (continued !== undefined && continued === waiting) {
      answered = waiting;
      waiting = undefined;
    }
    const gate = Promise.withResolvers<void>();
    if (typeof step.dies === 'object') process.diesAt = { ...step.dies };
    const calls = [
      call(step, { continued, seen, gate: gate.promise, isTwin: isTwice, turn: step.turn }),
      ...(isTwice
        ? [call(step, { continued, seen, gate: gate.promise, isTwin: true, turn: 'completes' })]
        : []),
    ];
    await Promise.all(calls.map(({ answered }) => Promise.race([answered, process.died])));
    const meanwhile =
      step.meanwhile === 'nothing'
        ? undefined
        : start().settlement.reconcile({
            provider,
            ...(step.meanwhile === 'reconcile without grace' && { graceMs: 0 }),
          });
    if (step.lapses === 'while the agent works') await lapse();
    if (step.dies === 'while the agent works, its journal written') {
      for (let round = 0; round < 5; round++) await new Promise(setImmediate);
      await process.written();
      for (const { generation } of calls) generation.isWritten = process.isAlive;
    }
    if (typeof step.dies === 'string' && step.dies.startsWith('while')) process.die();
    gate.resolve();
    await meanwhile;
    await Promise.all(calls.map(({ ended }) => Promise.race([ended, process.died])));
    await process.rest();
    process.diesAt = undefined;
    for (const { generation, run, metadata } of calls) {
      if (run.state !== undefined && !(waitsForEnd(run.turn) && run.state === 'working')) {
        await run.ended;
      }
      generation.sawEnd = process.isAlive;
      if (run.state === 'input-required' && !isTwice) {
        waiting = { agent: step.agent, taskId: run.taskId, metadata: metadata() };
      }
    }
  }

  /** One call of the agent. Never throws: failed generations are part of the game. */
  function call(
    step: Step,
    {
      continued,
      gate,
      isTwin,
      seen,
      turn,
    }: {
      continued: Waiting | undefined;
      seen: Waiting | undefined;
      gate: Promise<void>;
      isTwin: boolean;
      turn: AgentTurn;
    },
  ) {
    const agent = step.agent === 0 ? one : other;
    const { model, run } = agent.model(turn, {
      credits: schedule.price === 'metered' ? step.credits : undefined,
      taskId: continued?.taskId,
      gate,
    });
    const generation: Generation = {
      run,
      process,
      isTwin,
      payee: line.payees[step.agent].accountId,
      sawEnd: false,
      isWritten: false,
    };
    generations.push(generation);
    const abort = new AbortController();
    const { promise: answered, resolve: answer } = Promise.withResolvers<void>();
    let metadata: SharedV4ProviderMetadata | undefined;
    const ended = read().catch(answer);
    return { answered, ended, generation, run, metadata: () => metadata };

    async function read(): Promise<void> {
      const { middleware } = process.settlement;
      if (step.consumer === 'aborts during the hold') setImmediate(() => abort.abort());
      const { stream } = await wrapLanguageModel({ model, middleware }).doStream({
        ...callOf(step, seen, continued),
        abortSignal: abort.signal,
      });
      answer();
      if (step.consumer === 'aborts') abort.abort();
      await gate;
      if (waitsForEnd(turn)) setTimeout(() => abort.abort(), 1);
      if (step.consumer === 'never reads') return;
      const reader = stream.getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (value?.type === 'text-end') metadata = value.providerMetadata;
        if (done || step.consumer === 'leaves') break;
      }
      await reader.cancel();
    }
  }

  function callOf(step: Step, seen: Waiting | undefined, continued: Waiting | undefined) {
    const user = { role: 'user' as const, content: [{ type: 'text' as const, text: 'Go' }] };
    if (seen === undefined) return { prompt: [user] };
    if (step.continues === 'by task id' && continued !== undefined) {
      return { prompt: [user], providerOptions: { a2a: { taskId: seen.taskId } } };
    }
    const { metadata = { a2a: { taskId: seen.taskId, state: 'input-required' } } } = seen;
    const providerOptions =
      step.continues === 'by forged messages' ? forge(metadata, untouchable) : metadata;
    const prompt: LanguageModelV4Prompt = [
      user,
      { role: 'assistant', content: [{ type: 'text', text: 'Hi', providerOptions }] },
      user,
    ];
    return { prompt };
  }
}

/** Somebody else's hold, put in the place of the one that was kept. */
function forge(
  metadata: SharedV4ProviderMetadata,
  untouchable: string[],
): SharedV4ProviderMetadata {
  const forged: Record<string, JSONObject> = JSON.parse(
    JSON.stringify(metadata, (key, value) => (key === 'escrowId' ? untouchable[0] : value)),
  );
  return forged;
}
