/**
 * What a test agent does, told without a protocol version: each peer plays the same steps.
 */
export type State =
  | 'submitted'
  | 'working'
  | 'completed'
  | 'failed'
  | 'rejected'
  | 'canceled'
  | 'input-required'
  | 'auth-required';

export type PartScript =
  | { text: string }
  | { data: Record<string, unknown> }
  | { bytes: string; mediaType: string; filename: string }
  | { uri: string; mediaType: string; filename: string };

export type Step =
  /** Ends everything without a task. */
  | { message: PartScript[] }
  | {
      status: State;
      parts?: PartScript[];
      metadata?: Record<string, unknown>;
      /** Attached to the message of the status; only with parts. */
      said?: Record<string, unknown>;
    }
  | { artifact: string; parts: PartScript[]; append?: boolean; last?: boolean }
  | { waitMs: number }
  /** Kills all connections, as a crashed machine does; `forGood` refuses new ones, too. */
  | { cut: 'once' | 'forGood' }
  /** Until the peer is told to go on. */
  | { wait: true }
  /** Never ends, unless canceled. */
  | { hang: true };

export const behaviours = {
  completes: [
    { status: 'working', parts: [{ text: 'Looking around' }] },
    { artifact: 'answer', parts: [{ text: 'Hello, ' }] },
    { artifact: 'answer', parts: [{ text: 'wörld ' }], append: true },
    { artifact: 'answer', parts: [{ text: '🌍!' }], append: true, last: true },
    { status: 'completed' },
  ],
  'completes with files and data': [
    { status: 'working' },
    { artifact: 'report', parts: [{ text: 'See the files.' }] },
    {
      artifact: 'files',
      parts: [
        { bytes: 'aGVsbG8gZmlsZQ==', mediaType: 'text/plain', filename: 'hello.txt' },
        { uri: 'https://files.example.com/a.pdf', mediaType: 'application/pdf', filename: 'a.pdf' },
        { data: { rows: [1, 2], raw: 'kept as it is' } },
      ],
    },
    { status: 'completed' },
  ],
  'bare message': [{ message: [{ text: 'Just a message.' }] }],
  fails: [{ status: 'working' }, { status: 'failed', parts: [{ text: 'The oven is cold.' }] }],
  rejects: [{ status: 'rejected', parts: [{ text: 'Not my job.' }] }],
  'canceled by the agent': [
    { status: 'working' },
    { status: 'canceled', parts: [{ text: 'I gave up.' }] },
  ],
  'input-required': [
    { status: 'working' },
    { status: 'input-required', parts: [{ text: 'Which city?' }] },
  ],
  'auth-required': [
    { status: 'working' },
    { status: 'auth-required', parts: [{ text: 'Please sign in.' }] },
  ],
  'stream cut': [
    { status: 'working' },
    { artifact: 'answer', parts: [{ text: 'Half of ' }] },
    { waitMs: 30 },
    { cut: 'forGood' },
    { hang: true },
  ],
  'cut, then completes': [
    { status: 'working' },
    { artifact: 'answer', parts: [{ text: 'Half of ' }] },
    { waitMs: 30 },
    { cut: 'once' },
    { waitMs: 30 },
    { artifact: 'answer', parts: [{ text: 'the answer.' }], append: true, last: true },
    { status: 'completed' },
  ],
  hangs: [
    { status: 'working' },
    { artifact: 'answer', parts: [{ text: 'Half of ' }] },
    { hang: true },
  ],
  'waits to be told': [
    { status: 'working' },
    { wait: true },
    { artifact: 'answer', parts: [{ text: 'Done.' }] },
    { status: 'completed' },
  ],
  slow: [
    { status: 'working' },
    { artifact: 'answer', parts: [{ text: 'one ' }] },
    { waitMs: 60 },
    { artifact: 'answer', parts: [{ text: 'two ' }], append: true },
    { waitMs: 60 },
    { artifact: 'answer', parts: [{ text: 'three' }], append: true, last: true },
    { status: 'completed' },
  ],
  'reports usage': [
    { artifact: 'answer', parts: [{ text: 'Counted.' }] },
    { status: 'completed', metadata: { usage: { inputTokens: 7, outputTokens: 11 } } },
  ],
  'fails, and says what was taken': [
    { status: 'working' },
    {
      status: 'failed',
      parts: [{ text: 'The oven is cold.' }],
      said: {
        'x402.payment.status': 'payment-failed',
        'x402.payment.receipts': [{ success: true }],
      },
    },
  ],
  'answers data': [
    { artifact: 'weather', parts: [{ data: { city: 'Oslo', celsius: -3 } }] },
    { status: 'completed' },
  ],
  snapshots: [
    { status: 'working', parts: [{ text: 'Think' }] },
    { status: 'working', parts: [{ text: 'Thinking' }] },
    { status: 'working', parts: [{ text: 'Thinking' }] },
    { artifact: 'answer', parts: [{ text: 'One' }] },
    { artifact: 'answer', parts: [{ text: 'One, two' }] },
    { status: 'completed', parts: [{ text: 'One, two' }] },
  ],
  'says it in the status': [{ status: 'completed', parts: [{ text: 'Done in the status.' }] }],
} satisfies Record<string, Step[]>;

export type Behaviour = keyof typeof behaviours;

export function isBehaviour(name: string): name is Behaviour {
  return Object.hasOwn(behaviours, name);
}
