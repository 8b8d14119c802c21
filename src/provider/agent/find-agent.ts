import { NoSuchModelError } from '@ai-sdk/provider';

/** The agent of a model id. */
interface FoundAgent<SETTINGS> {
  /** The model id without the skill. */
  id: string;
  skill: string | undefined;
  /** One URL, or several for replicas. */
  urls: string[];
  named: SETTINGS | undefined;
}

/** The agent settings that are used here. */
interface Addressed {
  url?: string | undefined;
  urls?: string[] | undefined;
  endpoint?: string | undefined;
  skill?: string | undefined;
}

/**
 * Finds the agent of a model id: a name from `agents`, or an http(s) URL, with or without `#skill`. A listed
 * name that contains a `#` has priority; a URL fragment that is not a plain word (`#/agents/7`) is part of the
 * URL.
 *
 * @throws NoSuchModelError
 */
export function findAgent<SETTINGS extends Addressed>(
  modelId: string,
  agents: Record<string, SETTINGS> = {},
): FoundAgent<SETTINGS> {
  const exact = nameIn(agents, modelId);
  if (exact !== undefined) return found(modelId, exact, exact.skill);
  const [, id, skill] = /^(.*)#([^#]+)$/s.exec(modelId) ?? [];
  const named = id === undefined ? undefined : nameIn(agents, id);
  if (id !== undefined && named !== undefined) return found(id, named, skill);
  return id !== undefined && skill !== undefined && isWord.test(skill)
    ? found(id, undefined, skill)
    : found(modelId, undefined, undefined);

  function found(
    agent: string,
    settings: SETTINGS | undefined,
    asked: string | undefined,
  ): FoundAgent<SETTINGS> {
    const urls = settings?.urls ?? [settings?.endpoint ?? settings?.url ?? agent];
    if (urls.some(hasCredentials)) {
      throw new NoSuchModelError({
        modelId: settings === undefined ? withoutCredentials(agent) : agent,
        modelType: 'languageModel',
        message:
          "An A2A agent's URL must not contain a user name or password, which `fetch` would not send: set `auth` or `headers`.",
      });
    }
    if (urls.length > 0 && urls.every(isHttpUrl)) {
      return { id: agent, skill: asked, urls, named: settings };
    }
    throw new NoSuchModelError({
      modelId,
      modelType: 'languageModel',
      message:
        settings === undefined
          ? `No A2A agent "${modelId}". ${howToName(modelId, Object.keys(agents))}`
          : `A2A agent "${agent}" has no address: set an http(s) URL as url or endpoint in agents["${agent}"], or a list of them as urls.`,
    });
  }
}

/** What to write instead of a model id that is neither a URL nor a known name. */
function howToName(modelId: string, names: string[]): string {
  const rule = "A model id is the agent's http(s) URL or a name from createA2A({ agents }).";
  if (['', 'null', 'undefined'].includes(modelId))
    return `${rule} Is the variable with the URL set?`;
  return names.length === 0 ? rule : `${rule} Its names: ${names.slice(0, 20).join(', ')}.`;
}

const isWord = /^[\w.:-]+$/;

function nameIn<SETTINGS>(agents: Record<string, SETTINGS>, name: string): SETTINGS | undefined {
  return Object.hasOwn(agents, name) ? agents[name] : undefined;
}

export function isHttpUrl(value: string): boolean {
  return URL.canParse(value) && /^https?:$/.test(new URL(value).protocol);
}

/** The model id is the agent's name in errors, receipts and journals, so it must not contain a password. */
function hasCredentials(url: string): boolean {
  return isHttpUrl(url) && withoutCredentials(url) !== new URL(url).href;
}

function withoutCredentials(url: string): string {
  const clean = new URL(url);
  clean.username = '';
  clean.password = '';
  return clean.href;
}
