/** An agent that the page offers. The page and the routes read this list. */
export interface Agent {
  id: string;
  name: string;
  /** An agent of the sandbox has a path here, an agent of your own its whole URL. */
  url: string;
  /** Shown before the call. What is held is decided by the agent's card. */
  price: string;
  /** The label of its button, what the button shows, and the message it sends. */
  scenario: { title: string; shows: string; message: string };
  /** The call returns at once. The agent reports the end of its work to a webhook. */
  inBackground?: boolean;
}

/** The agents of the sandbox. Replace them by your own: an agent needs no more than a URL. */
export const agents = [
  {
    id: 'writer',
    name: 'Writer',
    url: '/agents/streamer/',
    price: '10 ATE',
    scenario: {
      title: 'Deliver',
      shows: 'Streams word by word. Released with the last word.',
      message: 'Explain what an escrow does',
    },
  },
  {
    id: 'booker',
    name: 'Table booker',
    url: '/agents/asker/',
    price: '15 ATE',
    scenario: {
      title: 'Ask back',
      shows: 'Asks you a question. Your answer uses the same hold.',
      message: 'Book a table for tonight',
    },
  },
  {
    id: 'scraper',
    name: 'Scraper',
    url: '/agents/failing/',
    price: '10 ATE',
    scenario: {
      title: 'Fail',
      shows: 'Begins, then fails. You get everything back.',
      message: 'Scrape the page behind the login',
    },
  },
  {
    id: 'researcher',
    name: 'Researcher',
    url: '/agents/slow/',
    price: '25 ATE',
    scenario: {
      title: 'Run slow',
      shows: 'Costs more than 20, so you are asked. Press Stop for a refund.',
      message: 'Compare the prices of ten shops',
    },
  },
  {
    id: 'night-shift',
    name: 'Night shift',
    url: '/agents/slow/',
    price: '25 ATE',
    inBackground: true,
    scenario: {
      title: 'Take minutes',
      shows: 'Answers later. A webhook settles, also when you have left.',
      message: 'Compare the prices of a hundred shops',
    },
  },
  {
    id: 'weather-desk',
    name: 'Weather desk',
    url: '/agents/data/',
    price: '5 ATE',
    scenario: {
      title: 'Return data',
      shows: 'Answers with a JSON object instead of text.',
      message: 'What is the weather in Lisbon?',
    },
  },
  {
    id: 'dollar-writer',
    name: 'Dollar writer',
    url: '/agents/paid/',
    price: '0.25 USDC',
    scenario: {
      title: 'Pay in USDC',
      shows: 'Paid by x402. The receipt has the transaction.',
      message: 'Say who confirms a payment',
    },
  },
  {
    id: 'rhymer',
    name: 'Rhymer',
    url: '/nevermined/agent/',
    price: '5 credits',
    scenario: {
      title: 'Charge anyway',
      shows:
        'Orders 100 credits first. This app refuses short rhymes, and the agent takes its credits all the same.',
      message: 'Roses are red',
    },
  },
] as const satisfies Agent[];

export type AgentId = (typeof agents)[number]['id'];

export function findAgent(id: string | undefined): (Agent & { id: AgentId }) | undefined {
  return agents.find((agent) => agent.id === id);
}

/**
 * The name to show for an agent's URL. A receipt has only the URL, so entries that share one are
 * all named.
 */
export function nameOfAgent(url: string): string {
  const names = agents
    .filter((agent) => new URL(agent.url, url).href === url)
    .map(({ name }) => name);
  return names.join(' / ') || url;
}
