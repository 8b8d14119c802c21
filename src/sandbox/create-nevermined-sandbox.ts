import { inProcessFetch } from './in-process-fetch';
import { createNeverminedAgent } from './nevermined-agent/create-nevermined-agent';
import type { AgentWork } from './nevermined-agent/wire-types';
import { createNevermined } from './nevermined/create-nevermined';
import type { NeverminedAccount, NeverminedLedger } from './nevermined/nevermined-types';

/** An agent that is paid with credits. */
export interface NeverminedSandboxAgent {
  /** Ends with a slash. */
  url: string;
  agentId: string;
  planId: string;
  /** Whole credits per call. */
  credits: number;
}

/** The Nevermined part of the sandbox. */
export interface NeverminedSandbox {
  /** The first segment of its paths. */
  root: string;
  handle: (request: Request) => Promise<Response>;
  nevermined: {
    /** For `NVM_BACKEND_URL`, and the rail's `backendUrl`. */
    backendUrl: string;
    agent: NeverminedSandboxAgent;
    /** An account without credits: it orders the agent's plan. */
    buyer: NeverminedAccount;
    /** The backend's ledger. */
    ledger: () => NeverminedLedger;
  };
}

/** Mounts Nevermined's backend and an agent that is paid through it under `/nevermined`. */
export function createNeverminedSandbox({
  origin,
  now,
}: {
  origin: string;
  now: () => Date;
}): NeverminedSandbox {
  const root = 'nevermined';
  const backendUrl = `${origin}/${root}`;
  const backend = createNevermined({ now, basePath: `/${root}` });
  const seller = backend.register();
  const credits = 5;
  const planId = backend.addPlan(seller, { name: 'Hundred credits', credits: 100 });
  const agent = { url: `${backendUrl}/agent/`, agentId: 'did:nv:sandbox-writer', planId, credits };
  const answerAgent = createNeverminedAgent({
    url: agent.url,
    name: 'sandbox-credits',
    description: 'Answers in rhyme, and takes credits for it.',
    skill: { id: 'rhyme', name: 'Rhyme', description: 'Answers in rhyme.' },
    payment: { agentId: agent.agentId, planId, credits },
    backend: {
      url: backendUrl,
      apiKey: seller.apiKey,
      fetch: inProcessFetch(origin, (request) => backend.fetch(request)),
    },
    work: rhyme(credits),
  });

  return {
    root,
    handle: (request) =>
      new URL(request.url).pathname.startsWith(`/${root}/agent`)
        ? answerAgent(request)
        : backend.fetch(request),
    nevermined: {
      backendUrl,
      agent,
      buyer: backend.register(),
      ledger: () => backend.ledger(),
    },
  };
}

function rhyme(creditsUsed: number): AgentWork {
  return async function* (question) {
    yield { step: 'text', text: `You asked: ${question.slice(0, 200)}\n` };
    yield { step: 'text', text: 'A line for you, and one for me: ' };
    yield { step: 'text', text: 'five credits are the writer’s fee.' };
    yield { step: 'end', state: 'completed', metadata: { creditsUsed } };
  };
}
