import type { AgentExtension, AgentSkill } from '@a2a-js/sdk';
import * as z from 'zod/v4';
import { flag, type ShapeOf, text } from '../internal/option-schemas';

/** The part of the card that describes the agent; all other fields are derived. */
export interface AgentCardOptions {
  /** Where the agent's handler is mounted, for example `https://agents.example.com/scraper`. */
  url: string;
  name: string;
  description: string;
  /** Default: `1.0.0`. */
  version?: string | undefined;
  skills: Array<Pick<AgentSkill, 'id' | 'name' | 'description'> & Partial<AgentSkill>>;
  /** For example the entry that `settlementExtension()` returns. */
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

// Created on demand, as all option schemas, so that other imports do not pay for it.
export function agentCardShape(): ShapeOf<AgentCardOptions> {
  const texts = z.array(text, 'must be a list of strings');
  return {
    url: z.custom<string>(isWebUrl, 'must be a URL such as https://agents.example.com/scraper'),
    name: text,
    description: z.string('must be a string'),
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

/** The other fields of a skill are defined by the A2A SDK. */
function skillsSchema() {
  const form = 'must be a list of skills, for example [{ id, name, description }]';
  const skill = z.looseObject(
    { id: text, name: text, description: z.string('must be a string') },
    'must be a skill: { id, name, description }',
  );
  return z.array(skill, form);
}

function isWebUrl(value: unknown): boolean {
  return (
    typeof value === 'string' && URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)
  );
}
