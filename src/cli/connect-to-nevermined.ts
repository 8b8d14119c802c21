import { createA2A } from '../provider/a2a-provider';
import { nevermined, type NeverminedEnvironment, type NeverminedRail } from '../rails/nevermined';
import { type CliContext, UsageError } from './cli-context';

/** Options of every command that talks to Nevermined. */
export const neverminedOptions = { json: { type: 'boolean' } } as const;

export const neverminedHelp = `  --json              print JSON

The API key is read from NVM_API_KEY. Its prefix says which environment it is for; for other keys
NVM_ENVIRONMENT does, or NVM_BACKEND_URL names the backend.
`;

const environments: NeverminedEnvironment[] = [
  'sandbox',
  'live',
  'staging_sandbox',
  'staging_live',
  'custom',
];

/** @throws UsageError when there is no key, or no such environment. */
export function connectToNevermined({ env, fetch }: CliContext): NeverminedRail {
  const apiKey = env.NVM_API_KEY || undefined;
  if (apiKey === undefined) throw new UsageError('No API key: set NVM_API_KEY.');
  const name = env.NVM_ENVIRONMENT || undefined;
  const environment = environments.find((known) => known === name);
  if (name !== undefined && environment === undefined) {
    throw new UsageError(`NVM_ENVIRONMENT must be one of ${environments.join(', ')}.`);
  }
  // A key that says where it is from is taken nowhere else.
  const isOwn = /^(?:sandbox|live)(?:-staging)?:/i.test(apiKey);
  const backendUrl = isOwn ? undefined : env.NVM_BACKEND_URL || undefined;
  return nevermined({ apiKey, environment, backendUrl, fetch });
}

/**
 * The plans that are meant: ids as they are, and those on the cards of agents. Without any, the one that
 * NVM_PLAN_ID names.
 *
 * @throws UsageError when there is none.
 */
export async function findPlans(
  named: string[],
  rail: NeverminedRail,
  { env, fetch }: CliContext,
): Promise<string[]> {
  const wanted = named.length > 0 ? named : [env.NVM_PLAN_ID ?? ''].filter(Boolean);
  if (wanted.length === 0) throw new UsageError('Name a plan or an agent, or set NVM_PLAN_ID.');
  const provider = createA2A(fetch === undefined ? {} : { fetch });
  const ids: string[] = [];
  for (const name of wanted) {
    if (!URL.canParse(name) || !/^https?:/i.test(name)) {
      ids.push(name);
      continue;
    }
    const planIds = rail.planIds(await provider(name).agentCard());
    if (planIds.length === 0) throw new UsageError(`The agent ${name} names no plan on its card.`);
    ids.push(...planIds);
  }
  return [...new Set(ids)];
}
