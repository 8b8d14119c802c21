import type {
  JSONObject,
  LanguageModelV4Message,
  LanguageModelV4Prompt,
  SharedV4ProviderMetadata,
} from '@ai-sdk/provider';
import type { Mortal } from './mortal';
import type { Schedule, Step } from './schedule';
import type { Call, TaskState } from './scripted-agent';

/** What an application keeps of one answer. */
interface Answer {
  chat: Chat;
  agent: string;
  process: Mortal;
  /** How many messages the chat had with it. */
  length: number;
  contextId: string;
  taskId: string;
  state: TaskState;
  /** As it came; undefined where nobody lived to see it. */
  metadata: SharedV4ProviderMetadata | undefined;
  isAnswered: boolean;
}

interface Chat {
  user: string;
  messages: LanguageModelV4Prompt;
}

/** What a call is made with. */
export interface Composed {
  prompt: LanguageModelV4Prompt;
  a2a: JSONObject;
  chat: Chat;
  target: Answer | undefined;
  tampering: string;
  forbidden: Set<string>;
  /** The escrow that was kept for it, as the messages say. */
  kept: string | undefined;
}

const user: LanguageModelV4Message = { role: 'user', content: [{ type: 'text', text: 'Go' }] };

/** The chats of an application's users, and what whoever holds their messages may do to them. */
export class Chats {
  private readonly answers: Answer[] = [];
  private readonly schedule: Schedule;
  private readonly strangersEscrow: string;

  constructor(schedule: Schedule, { strangersEscrow }: { strangersEscrow: string }) {
    this.schedule = schedule;
    this.strangersEscrow = strangersEscrow;
  }

  compose(step: Step): Composed {
    const { agent, continues, interlude } = step;
    const all = this.answers.filter(({ chat }) => chat.user === step.user);
    const own = all.filter((answer) => answer.agent === agent);
    const waiting = own.findLast(({ isAnswered, state }) => !isAnswered && waits(state));
    const old = own.find(({ isAnswered, metadata }) => isAnswered && metadata !== undefined);
    const target =
      continues === 'by old messages'
        ? old
        : continues === 'by messages'
          ? (waiting ?? all.at(-1))
          : (waiting ?? own.at(-1));
    const fresh = (): Composed => ({
      prompt: [user],
      a2a: {},
      chat: { user: step.user, messages: [] },
      target: undefined,
      tampering: 'none',
      forbidden: new Set(),
      kept: undefined,
    });
    const forged = this.forge(step);
    if (forged !== undefined) return { ...fresh(), ...forged };
    if (continues === 'no' || target === undefined) return fresh();
    const { chat, contextId, length, metadata, taskId } = target;
    const isOwn = target.agent === agent && waits(target.state);
    const known = { ...fresh(), chat, target: isOwn ? target : undefined };
    switch (continues) {
      case 'by context id':
        return { ...known, a2a: { contextId } };
      case 'by task id':
        return { ...known, a2a: { taskId } };
      case 'by resume':
        return { ...known, a2a: { resume: { taskId } } };
      case 'by messages':
        if (interlude) chat.messages.push(user, says('Well'));
    }
    const isWhole = continues === 'by messages';
    const kept = isOwn && isWhole && !target.isAnswered ? escrowOf(metadata) : undefined;
    const messages = isWhole ? chat.messages : chat.messages.slice(0, length);
    return { ...known, prompt: [...messages, user], kept };
  }

  /** The user's message, and what came of it. */
  note(
    { chat, target }: Composed,
    { agent, process, runs }: Call,
    metadata: SharedV4ProviderMetadata | undefined,
  ): void {
    const run = runs.findLast(({ task }) => task !== undefined);
    const { state, task } = run ?? {};
    if (task === undefined || state === undefined) return;
    if (target !== undefined) target.isAnswered = true;
    const { contextId, id: taskId } = task;
    if (metadata !== undefined) chat.messages.push(user, says('Hi', metadata));
    const { length } = chat.messages;
    const isAnswered = false;
    this.answers.push({
      chat,
      agent,
      process,
      length,
      contextId,
      taskId,
      state,
      metadata,
      isAnswered,
    });
  }

  /** Messages that this application never gave to this user. */
  private forge(step: Step): Pick<Composed, 'forbidden' | 'prompt' | 'tampering'> | undefined {
    const { tampering } = step;
    if (tampering === 'none' || this.schedule.secrets === 'unsealed') return undefined;
    const seen = this.answers.filter(({ metadata }) => metadata !== undefined);
    const mine = seen.filter(({ chat }) => chat.user === step.user);
    const own = mine.findLast(({ agent }) => agent === step.agent);
    const foreign = mine.findLast(({ agent }) => agent !== step.agent);
    const victims = seen.filter(({ chat }) => chat.user !== step.user);
    const victim =
      victims.findLast(({ agent, state }) => agent === step.agent && waits(state)) ??
      victims.at(-1);
    // Agents give the same names: what is another one's somewhere may be this user's own here.
    const mayKnow = new Set(
      mine.flatMap(({ agent, contextId }) => (agent === step.agent ? [contextId] : [])),
    );
    const forbid = (contextIds: string[]) =>
      new Set(contextIds.filter((id) => !mayKnow.has(id)).map((id) => `${step.agent} ${id}`));
    const made = (
      metadata: SharedV4ProviderMetadata | undefined,
      of: Answer | undefined,
    ): Pick<Composed, 'forbidden' | 'prompt' | 'tampering'> | undefined =>
      metadata && !isKnown(metadata)
        ? {
            prompt: [user, says('Hi', metadata), user],
            forbidden: forbid(of === undefined ? [] : [of.contextId]),
            tampering,
          }
        : undefined;
    // What comes out as it was is what somebody got.
    const isKnown = (metadata: SharedV4ProviderMetadata) =>
      seen.some((answer) => JSON.stringify(answer.metadata) === JSON.stringify(metadata));
    const base = (own ?? victim)?.metadata;
    switch (tampering) {
      case 'all messages of the victim':
        if (victim === undefined) return undefined;
        return {
          prompt: [...victim.chat.messages, user],
          // Without subjects, whoever has the messages has the conversation.
          forbidden: forbid(
            victims.flatMap(({ agent, chat, contextId }) =>
              this.schedule.hasSubjects && chat === victim.chat && agent === step.agent
                ? [contextId]
                : [],
            ),
          ),
          tampering,
        };
      case 'contextId of the victim':
        return victim && made(changed(base, { contextId: victim.contextId }), victim);
      case 'taskId of the victim':
        return victim && made(changed(base, { taskId: victim.taskId }), victim);
      case 'ids of the victim, without seals': {
        if (victim === undefined) return undefined;
        const { contextId, taskId } = victim;
        const a2a = { agent: step.agent, contextId, taskId, state: 'input-required' };
        return made({ a2a }, victim);
      }
      case 'settlement mark of the victim': {
        const settlementHold = victim?.metadata?.['settlementHold'];
        return (
          own?.metadata && settlementHold && made({ ...own.metadata, settlementHold }, undefined)
        );
      }
      case 'escrow of the victim':
        return victim && made(swapped(own?.metadata, escrowOf(victim.metadata)), undefined);
      case 'escrow of a stranger':
        return made(swapped(own?.metadata, this.strangersEscrow), undefined);
      case 'agent of another one':
        return made(changed(foreign?.metadata, { agent: step.agent }), foreign);
      case 'state that waits':
        return made(changed(own?.metadata, { state: 'input-required' }), undefined);
      case 'seal taken off':
        return made(changed(own?.metadata, { seal: '' }), undefined);
    }
  }
}

function says(text: string, metadata?: SharedV4ProviderMetadata): LanguageModelV4Message {
  const content = { type: 'text' as const, text };
  return {
    role: 'assistant',
    content: [metadata === undefined ? content : { ...content, providerOptions: metadata }],
  };
}

function waits(state: TaskState): boolean {
  return state === 'input-required';
}

function changed(
  metadata: SharedV4ProviderMetadata | undefined,
  change: JSONObject,
): SharedV4ProviderMetadata | undefined {
  return metadata && { ...metadata, a2a: { ...metadata['a2a'], ...change } };
}

function swapped(
  metadata: SharedV4ProviderMetadata | undefined,
  escrowId: string | undefined,
): SharedV4ProviderMetadata | undefined {
  if (metadata === undefined || escrowId === undefined) return undefined;
  const text = JSON.stringify(metadata, (key, value: unknown) =>
    key === 'escrowId' ? escrowId : value,
  );
  const forged: Record<string, JSONObject> = JSON.parse(text);
  return forged;
}

function escrowOf(metadata: SharedV4ProviderMetadata | undefined): string | undefined {
  return /"escrowId":"([^"]+)"/.exec(JSON.stringify(metadata?.['settlementHold']) ?? '')?.[1];
}
