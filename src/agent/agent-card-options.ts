import type { AgentExtension, AgentSkill } from '@a2a-js/sdk';
import * as z from 'zod/v4';
import { flag, type ShapeOf, text } from '../internal/option-schemas';

/** What an agent says of itself; everything else of the card is derived. */
export interface AgentCardOptions {
  /** Where the agent's handler is mounted, for example `https://agents.example.com/scraper`. */
  url: string;
  name: string;
  description: string;
  /** Default: `1.0.0`. */
  version?: string | undefined;
  skills: Array<Pick<AgentSkill, 'id' | 'name' | 'description'> & Partial<AgentSkill>>;
  /** For example the entry `settlementExtension()` makes. */
  extensions?: AgentExtension[] | undefined;
  /** Default: `true`. */
  streaming?: boolean | undefined;
  /** Default: `false`. */
  pushNotifications?: boolean | undefined;
  /** Media types. Default: `['text/plain']`. */
  inputModes?: string[] | undefined;
  /** Media types. Default: `['text/plain']`. */
  outputModes?: string[] | undefined;
}

// Made when it is needed, as all shapes of options: who imports something else need not have it.
export function agentCardShape(): ShapeOf<AgentCardOptions> {
  const texts = z.array(text, 'must be a list of texts');
  return {
    url: z.custom<string>(isWebUrl, 'must be a URL such as https://agents.example.com/scraper'),
    name: text,
    description: z.string('must be a text'),
    version: text,
    skills: z.custom<AgentCardOptions['skills']>().superRefine((given, context) => {
      for (const issue of skillsSchema().safeParse(given).error?.issues ?? []) {
        context.addIssue({ code: 'custom', message: issue.message, path: issue.path });
      }
    }),
    extensions: z.custom<AgentExtension[]>(
      Array.isArray,
      'must be a list of extensions such as settlementExtension()',
    ),
    streaming: flag,
    pushNotifications: flag,
    inputModes: texts,
    outputModes: texts,
  };
}

export const requiredOfCard = ['url', 'name', 'description', 'skills'] as const;

/** What else a skill has is the A2A SDK's. */
function skillsSchema() {
  const form = 'must be a list of skills, for example [{ id, name, description }]';
  const skill = z.looseObject(
    { id: text, name: text, description: z.string('must be a text') },
    'must be a skill: { id, name, description }',
  );
  return z.array(skill, form);
}

function isWebUrl(value: unknown): boolean {
  return (
    typeof value === 'string' && URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)
  );
}
