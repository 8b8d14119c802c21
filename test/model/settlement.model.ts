import { generateText, streamText, wrapLanguageModel, type LanguageModelMiddleware } from 'ai';
import type { LanguageModelV4, SharedV4ProviderMetadata } from '@ai-sdk/provider';
import { agentModel } from './agent-model';
import { Chats, type Composed } from './chats';
import { checkLedger } from './check-ledger';
import { clock, inVirtualTime } from './clock';
import { FaultyExchange, ttlMinutes } from './faulty-exchange';
import { Disk } from './mortal-storage';
import { payeeOf, Process } from './process';
import type { Schedule, Step } from './schedule';
import { ScriptedAgent, waitsForEnd, type AgentTurn, type Call } from './scripted-agent';
import { useQuickCrypto } from './quick-crypto';
import { Violation } from './violation';

useQuickCrypto();
Reflect.set(globalThis, 'AI_SDK_LOG_WARNINGS', false);

/** Plays a schedule against a real exchange and checks the ledger. Throws what is wrong. */
export async function play(schedule: Schedule): Promise<void> {
  Violation.seen.length = 0;
  await inVirtualTime(schedule.seed, () => playInTime(schedule));
}

async function playInTime(schedule: Schedule): Promise<void> {
  const line = new FaultyExchange(schedule);
  const shared = new Disk(schedule.seed);
  const isHeld = (escrowId: string) => line.escrow(escrowId)?.status === 'held';
  const agents = (['one', 'two', 'three'] as const).map(
    (id) =>
      new ScriptedAgent(id, {
        isHeld,
        isAtomic: schedule.journal === 'atomic',
        ...schedule.agents,
      }),
  );
  // Holds that are nobody's business here.
  const strangersEscrow = await line.holdOutside(line.stranger, 'aisdk-of-a-stranger');
  const untouchable = [strangersEscrow, await line.holdOutside(line.payer, 'of-another-program')];
  const chats = new Chats(schedule, { strangersEscrow });
  const processes: Process[] = [];
  const calls: Call[] = [];
  let process = start();
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
      Array.from({ length: step.reconciles }, () => reconcile(start(), { graceMs: 0 })),
    );
    await line.deliverLate();
    await clock.sleep(step.pauseMs);
  }

  // Past all grace, by everybody's clock. Whatever lives reconciles, all at once; and then again, to
  // say what is left.
  await clock.sleep(40 * 60_000);
  start();
  start();
  const alive = processes.filter(({ isAlive }) => isAlive);
  await Promise.all(alive.map((one) => reconcile(one)));
  const reports = await Promise.all(alive.map((one) => reconcile(one)));
  const named = reports.flatMap(({ open, unresolved }) => [...open, ...unresolved]);
  checkLedger({
    line,
    schedule,
    disk: shared,
    processes,
    calls,
    tasks: agents.flatMap(({ tasks }) => tasks),
    untouchable,
    hasLapsed,
    named: new Set(named.map(({ escrowId }) => escrowId)),
  });

  function start(): Process {
    const { skews } = schedule;
    const skewMs = skews[processes.length % skews.length] ?? 0;
    const started = new Process(schedule, { agents, line, shared, skewMs });
    processes.push(started);
    return started;
  }

  function reconcile(one: Process, options: { graceMs?: number } = {}) {
    const { provider } = one;
    return one.run(() => one.settlement.reconcile({ provider, ...options }));
  }

  async function lapse(): Promise<void> {
    // No request is under way for longer than its hold would last.
    await line.deliverLate();
    await clock.sleep((ttlMinutes + 30) * 60_000);
    hasLapsed = true;
  }

  async function generate(step: Step): Promise<void> {
    const gate = Promise.withResolvers<void>();
    if (typeof step.dies === 'object') process.diesAt = { ...step.dies };
    const composed = chats.compose(step);
    const isTwice = step.twin !== 'none';
    const others = { refusals: [], turn: 'completes' as const, gate: gate.promise };
    const sent = [begin(step, composed, process, { ...step, gate: gate.promise, isTwin: isTwice })];
    if (composed.target === undefined && !composed.a2a['contextId']) {
      for (let more = 0; more < step.crowd; more++) {
        sent.push(
          begin(step, chats.compose({ ...step, continues: 'no' }), process, {
            ...others,
            isTwin: false,
          }),
        );
      }
    }
    const underWay = async () => {
      await Promise.all(
        sent.map(({ answered, call }) => Promise.race([answered, call.process.died])),
      );
    };
    if (step.twinAfterMs > 0) await underWay();
    if (isTwice) {
      const elsewhere = step.twin === 'elsewhere' ? start() : process;
      if (step.twinAfterMs > 0) await clock.sleep(step.twinAfterMs);
      sent.push(begin(step, composed, elsewhere, { ...others, isTwin: true }));
    }
    await underWay();
    const meanwhile =
      step.meanwhile === 'nothing'
        ? undefined
        : reconcile(start(), step.meanwhile === 'reconcile without grace' ? { graceMs: 0 } : {});
    if (step.lapses === 'while the agent works') await lapse();
    if (step.dies === 'while the agent works, its journal written') {
      await clock.sleep(5);
      await process.written();
      for (const { call } of sent) call.isWritten = process.isAlive;
    }
    if (typeof step.dies === 'string' && step.dies.startsWith('while')) process.die();
    gate.resolve();
    await meanwhile;
    await Promise.all(sent.map(({ call, ended }) => Promise.race([ended, call.process.died])));
    // The next one does not wait for what takes its time; but what is seen of the end, is.
    await Promise.race([
      clock.sleep(1000),
      Promise.all(
        sent.map(async ({ call }) => {
          await call.process.rest();
          call.sawEnd = call.process.isAlive;
          if (call.sawEnd) call.endedAt = clock.now();
        }),
      ),
    ]);
    process.diesAt = undefined;
    for (const { call, made, metadata } of sent) {
      if (call.process.isAlive || schedule.journal !== 'own memory') {
        chats.note(made, call, call.process.isAlive ? metadata() : undefined);
      }
    }
  }

  /** One call of an application. Never throws: failed generations are part of the game. */
  function begin(
    step: Step,
    made: Composed,
    by: Process,
    script: Pick<Step, 'refusals'> & { turn: AgentTurn; gate: Promise<void>; isTwin: boolean },
  ) {
    const { a2a, forbidden, kept, prompt, tampering } = made;
    const agent = agents.find(({ id }) => id === step.agent);
    if (agent === undefined) throw new Error('no such agent');
    const subject = schedule.hasSubjects ? step.user : undefined;
    const isUndisturbed =
      step.faults.length === 0 && step.goesDown === 'no' && typeof step.dies === 'string';
    const isReadable = schedule.secrets !== 'of each process' && isUndisturbed && !script.isTwin;
    const call: Call = {
      agent: agent.id,
      payee: line.payees[payeeOf[step.agent]].accountId,
      process: by,
      user: step.user,
      subject,
      isTwin: script.isTwin,
      forbidden,
      tampering,
      expects: isReadable && step.consumer !== 'aborts during the hold' ? kept : undefined,
      at: clock.now(),
      endedAt: Infinity,
      sawEnd: false,
      isWritten: false,
      runs: [],
    };
    calls.push(call);
    const abort = new AbortController();
    const reached = Promise.withResolvers<void>();
    let metadata: SharedV4ProviderMetadata | undefined;
    const model = agentModel(agent, by.knows(agent.id), {
      call,
      turn: script.turn,
      gate: script.gate,
      refusals: [...script.refusals],
      credits: schedule.price === 'metered' ? step.credits : undefined,
      onReached: reached.resolve,
    });
    const middleware: LanguageModelMiddleware = by.settlement.middleware;
    const settled = wrapLanguageModel({ model, middleware });
    const ended = by
      .run(() => read(settled))
      .catch((error: unknown) => {
        call.error = error;
        reached.resolve();
      });
    return {
      answered: Promise.race([reached.promise, ended]),
      ended,
      call,
      made,
      metadata: () => metadata,
    };

    async function read(from: LanguageModelV4): Promise<void> {
      const { consumer } = step;
      const isPatient = consumer !== 'never reads' && consumer !== 'leaves';
      const caller = isPatient ? step.caller : 'model';
      if (consumer === 'aborts during the hold') setTimeout(() => abort.abort(), 0);
      void leave();
      const providerOptions = {
        a2a: { ...a2a, ...(subject !== undefined && { subject }) },
        settlement: { conversationId: 'chat' },
      };
      const abortSignal = abort.signal;
      if (caller === 'generateText') {
        const result = await generateText({
          model: from,
          messages: prompt as never,
          providerOptions,
          abortSignal,
        });
        const text = result.content.find((part) => part.type === 'text');
        metadata = text?.providerMetadata as SharedV4ProviderMetadata | undefined;
        return;
      }
      const stream =
        caller === 'model'
          ? (await from.doStream({ prompt, providerOptions, abortSignal })).stream
          : streamText({
              model: from,
              messages: prompt as never,
              providerOptions,
              abortSignal,
              onError: ({ error }) => {
                call.error = error;
              },
            }).fullStream;
      if (caller === 'model') {
        reached.resolve();
        await script.gate;
      }
      if (consumer === 'never reads') return;
      const reader = (
        stream as ReadableStream<{ type: string; providerMetadata?: SharedV4ProviderMetadata }>
      ).getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (value?.type === 'text-end') metadata = value.providerMetadata;
        if (done || consumer === 'leaves') break;
      }
      await reader.cancel();
    }

    async function leave(): Promise<void> {
      await reached.promise;
      // Not before anybody can have heard of the task.
      if (step.consumer === 'aborts') setTimeout(() => abort.abort(), 1);
      await script.gate;
      if (waitsForEnd(script.turn)) setTimeout(() => abort.abort(), 1);
    }
  }
}
