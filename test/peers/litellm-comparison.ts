import type { LiteLLMFleet } from './litellm-fleet';
import { gatewayAgent, startLiteLLMGateway } from './litellm-gateway';
import type { Quirk } from './litellm-gateway-quirks';
import type { LiteLLMProxyName } from './litellm-proxy';
import { probe, probes, type Probe, type ProbedAnswer } from './litellm-probes';

/** Where the proxy and its imitation say different things. */
export interface Difference {
  about: string;
  agent: string;
  proxy: ProbedAnswer;
  imitation: ProbedAnswer;
}

interface Comparison {
  /** In the proxy. */
  agent: string;
  quirk?: Quirk;
  /** Default: all of them. */
  about?: (probe: Probe) => boolean;
}

/** Releases before A2A 1.0 answer that they do not know its methods; there is nothing to imitate. */
const is10 = ({ about }: Probe) => /in 1\.0/.test(about);
/** They leave it to Pydantic to say what is wrong with it. */
const hasNoId = ({ about }: Probe) => /without an id/.test(about);
const isStream = ({ method = '' }: Probe) => /stream/i.test(method);
const isSend = ({ about, method = '' }: Probe) =>
  /^message\/(?:send|stream)$/.test(method) &&
  /^(?:send|stream|a task that fails|a stream that fails)$/.test(about);

const comparisons: Record<LiteLLMProxyName, Comparison[]> = {
  litellm: [
    { agent: 'scraper' },
    { agent: 'pinned', quirk: 'pinned to 1.0', about: isSend },
    { agent: 'pinned-0.3', quirk: 'pinned to 0.3', about: is10 },
    { agent: 'strict', quirk: 'demands a trace id', about: isSend },
    { agent: 'writer', quirk: 'bridge to a model', about: isSend },
  ],
  'litellm-before-1.0': [
    {
      agent: 'scraper',
      about: (one) => !isStream(one) && !hasNumber(one) && !is10(one) && !hasNoId(one),
    },
    {
      agent: 'scraper',
      quirk: 'NDJSON streams',
      about: (one) => isStream(one) && !is10(one) && !hasNoId(one),
    },
    { agent: 'scraper', quirk: 'string ids only', about: hasNumber },
    { agent: 'writer', quirk: 'bridge to a model', about: ({ about }) => about === 'send' },
  ],
};

/** Asks both the same. */
export async function compareWithImitation(
  { proxy, scraper }: LiteLLMFleet,
  name: LiteLLMProxyName,
): Promise<Difference[]> {
  const differences: Difference[] = [];
  for (const { about = () => true, agent, quirk } of comparisons[name]) {
    const imitation = await startLiteLLMGateway({
      upstream: scraper.url,
      ...(quirk !== undefined && { quirk }),
    });
    for (const one of probes.filter(about)) {
      const said = await probe(one, { baseURL: proxy.url, key: proxy.masterKey, agent });
      const { key, url } = imitation;
      const imitated = await probe(one, { baseURL: url, key, agent: gatewayAgent.name });
      // The imitation's agent has one name in all its parts.
      const renamed = said.body.replaceAll(agent, gatewayAgent.name);
      const differs =
        said.status !== imitated.status ||
        said.contentType !== imitated.contentType ||
        renamed !== imitated.body;
      if (differs) {
        differences.push({
          about: one.about,
          agent,
          proxy: { ...said, body: renamed },
          imitation: imitated,
        });
      }
    }
    await imitation.close();
  }
  return differences;
}

function hasNumber({ id }: Probe): boolean {
  return typeof id === 'number';
}
