import type { LanguageModelV4StreamPart } from '@ai-sdk/provider';
import type { generateText, streamText } from 'ai';
import type { A2AProviderSettings } from 'ai-sdk-a2a-settlement';
import type { Work } from './timed-agent';

interface Call {
  stream: (work: Work) => ReturnType<typeof streamText>;
  generate: (work: Work) => ReturnType<typeof generateText>;
  /** The model's own stream: what the AI SDK reads ahead is not read. */
  open: (work: Work) => Promise<ReadableStream<LanguageModelV4StreamPart>>;
  abort: () => void;
  /** Tells the agent to end what it waits with. */
  goOn: () => Promise<void>;
}

interface End {
  run: (call: Call) => Promise<void>;
  settings?: A2AProviderSettings;
  /** Its release or refund does not get through at once. */
  onHold?: 'refused-at-first';
  /** What the ledger says in the end, where the call is settled. */
  escrow: 'released' | 'refunded' | 'none';
  /** The agent is asked to cancel its task. */
  cancels?: boolean;
  /** A timer (of `totalMs`, or of a response that nobody reads) stays for its time. It keeps no process alive. */
  mayLeave?: boolean;
}

const ignore = () => {};

async function readAll(result: ReturnType<typeof streamText>): Promise<void> {
  for await (const _ of result.textStream);
}

/** Reads one piece, and leaves the loop. */
async function readOne(result: ReturnType<typeof streamText>): Promise<void> {
  for await (const _ of result.textStream) break;
}

const breaksOut: End['run'] = async ({ goOn, stream }) => {
  await readOne(stream('wait'));
  await goOn();
};

/** Every way in which a call comes to its end. */
export const ends = {
  'is read to its end': {
    run: ({ stream }) => readAll(stream('finish')),
    escrow: 'released',
  },
  'is left by its reader': { run: breaksOut, escrow: 'released' },
  'is left by its reader, and may take long in all': {
    run: breaksOut,
    settings: { timeouts: { totalMs: 600_000 } },
    mayLeave: true,
    escrow: 'released',
  },
  'is left by its reader, and the exchange cannot be reached at first': {
    run: breaksOut,
    onHold: 'refused-at-first',
    escrow: 'released',
  },
  'is aborted before its first words': {
    run: async ({ abort, stream }) => {
      const reading = readAll(stream('wait')).catch(ignore);
      abort();
      await reading;
    },
    escrow: 'none',
  },
  'is aborted after its first words': {
    run: async ({ abort, stream }) => {
      try {
        for await (const _ of stream('wait').textStream) abort();
      } catch {
        // Aborted.
      }
    },
    cancels: true,
    escrow: 'refunded',
  },
  'is aborted while nobody reads': {
    run: async ({ abort, stream }) => {
      await readOne(stream('wait'));
      abort();
    },
    cancels: true,
    escrow: 'refunded',
  },
  'is aborted while nobody reads a flood': {
    run: async ({ abort, stream }) => {
      await readOne(stream('flood'));
      abort();
    },
    cancels: true,
    escrow: 'refunded',
  },
  'is opened, and left': {
    run: async ({ goOn, open }) => {
      await (await open('wait')).getReader().read();
      await goOn();
    },
    mayLeave: true,
    escrow: 'released',
  },
  'is opened, and aborted while nobody reads': {
    run: async ({ abort, open }) => {
      await (await open('wait')).getReader().read();
      abort();
    },
    cancels: true,
    escrow: 'refunded',
  },
  'is opened, and aborted while nobody reads a flood': {
    run: async ({ abort, open }) => {
      await (await open('flood')).getReader().read();
      abort();
    },
    cancels: true,
    escrow: 'refunded',
  },
  'is opened, and canceled': {
    run: async ({ goOn, open }) => {
      await (await open('wait')).cancel();
      // Whose stream is canceled goes on where it is settled.
      await goOn();
    },
    escrow: 'released',
  },
  'is opened, and never read': {
    run: async ({ open }) => {
      await open('finish');
    },
    mayLeave: true,
    escrow: 'released',
  },
  'is never read': {
    run: async ({ stream }) => {
      stream('finish');
    },
    escrow: 'released',
  },
  'is cut by the server': {
    run: ({ stream }) => readAll(stream('cut')),
    settings: { polling: { intervalMs: 1 } },
    escrow: 'released',
  },
  'fails as a stream': {
    run: ({ stream }) => readAll(stream('fail')).catch(ignore),
    escrow: 'refunded',
  },
  'is generated': {
    run: async ({ generate }) => void (await generate('finish')),
    escrow: 'released',
  },
  fails: {
    run: async ({ generate }) => void (await generate('fail').catch(ignore)),
    escrow: 'refunded',
  },
  'is aborted while it is generated': {
    run: async ({ abort, generate }) => {
      const generating = generate('wait').catch(ignore);
      abort();
      await generating;
    },
    escrow: 'none',
  },
} satisfies Record<string, End>;

export type EndName = keyof typeof ends;

export const endOf = (name: EndName): End => ends[name];
