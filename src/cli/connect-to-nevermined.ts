import { createA2A } from '../provider/a2a-provider';
import { nevermined, type NeverminedEnvironment, type NeverminedRail } from '../rails/nevermined';
import { type CliContext, UsageError } from './cli-context';

/** The options of all commands that use Nevermined. */
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

/** @throws UsageError if the key is missing or the environment is unknown. */
export function connectToNevermined({ env, fetch }: CliContext): NeverminedRail {
  const apiKey = env.NVM_API_KEY || undefined;
  if (apiKey === undefined) throw new UsageError('No API key: set NVM_API_KEY.');
  const name = env.NVM_ENVIRONMENT || undefined;
  const environment = environments.find((known) => known === name);
  if (name !== undefined && environment === undefined) {
    throw new UsageError(`NVM_ENVIRONMENT must be one of ${environments.join(', ')}.`);
  }
  // A key with an environment prefix is only sent to that environment.
  const isOwn = /^(?:sandbox|live)(?:-staging)?:/i.test(apiKey);
  const backendUrl = isOwn ? undefined : env.NVM_BACKEND_URL || undefined;
  return nevermined({ apiKey, environment, backendUrl, fetch });
}

/**
 * The selected plans: the given plan ids, and those on the cards of the given agents. Default: NVM_PLAN_ID.
 *
 * @throws UsageError if there is none.
 */
export async function findPlans(
  named: string[],
  rail: NeverminedRail,
  { env, fetch }: CliContext,
): Promise<string[]> {
  const wanted = named.length > 0 ? named : [env.NVM_PLAN_ID ?? ''].filter(Boolean);
  if (wanted.length === 0)
    throw new UsageError('Give a plan id or an agent URL, or set NVM_PLAN_ID.');
  const provider = createA2A(fetch === undefined ? {} : { fetch });
  const ids: string[] = [];
  for (const name of wanted) {
    if (!URL.canParse(name) || !/^https?:/i.test(name)) {
      ids.push(name);
      continue;
    }
    const planIds = rail.planIds(await provider(name).agentCard());
    if (planIds.length === 0) throw new UsageError(`The card of agent ${name} contains no plan.`);
    ids.push(...planIds);
  }
  return [...new Set(ids)];
}
