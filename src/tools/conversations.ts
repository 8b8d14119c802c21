import type { ModelMessage } from 'ai';

/** The messages of one conversation with an agent. */
export interface Talk {
  messages: ModelMessage[];
}

/** Conversations by name. Only the most recently used ones are kept. */
export class Conversations {
  private readonly talks = new Map<string, Talk>();

  named(name: string): Talk {
    const talk = this.talks.get(name) ?? { messages: [] };
    this.talks.delete(name);
    this.talks.set(name, talk);
    const [oldest] = this.talks.keys();
    if (this.talks.size > most && oldest !== undefined) this.talks.delete(oldest);
    return talk;
  }
}

const most = 1000;
