import { isRecord } from '@ai-sdk/provider-utils';
import * as z from 'zod/v4';

/** How an agent may want to be spoken to, as far as this provider can tell. */
export type SecurityScheme =
  | { type: 'apiKey'; in: 'header' | 'query' | 'cookie'; name: string }
  | { type: 'http'; scheme: string }
  /** `tokenUrl` is that of the client credentials flow; undefined when the agent offers only others. */
  | { type: 'oauth2'; tokenUrl: string | undefined }
  | { type: 'openIdConnect'; url: string }
  | { type: 'mutualTLS' }
  | { type: 'unknown' };

export interface CardSecurity {
  schemes: Map<string, SecurityScheme>;
  /** Any one of these is enough; each asks for all of its schemes, with their scopes. */
  requirements: Map<string, string[]>[];
}

/**
 * Reads the security schemes of a card as it was published: protocol 1.0 wraps each in its kind, 0.3
 * writes the kind beside (A2A 1.0, section 4.5; 0.3, section 5.5.4), and the A2A SDK's 1.x server
 * publishes them as it holds them in memory.
 *
 * The A2A SDK's own reading keeps only the first flow of an OAuth scheme, which need not be the one
 * for machines.
 */
export function readCardSecurity(card: unknown): CardSecurity {
  const { securitySchemes, securityRequirements, security } = published.parse(card);
  return {
    schemes: new Map(Object.entries(securitySchemes)),
    requirements: (securityRequirements ?? security ?? []).map(
      (requirement) => new Map(Object.entries(requirement)),
    ),
  };
}

const location = z.enum(['header', 'query', 'cookie']);
/** A header of any other name cannot be sent. */
const token = z.string().regex(/^[\w!#$%&'*+.^`|~-]+$/);

const flows = z
  .preprocess(
    (value) => withoutCase(value, 'flow'),
    z.looseObject({ clientCredentials: z.looseObject({ tokenUrl: z.string() }) }),
  )
  .transform(({ clientCredentials }) => clientCredentials.tokenUrl)
  .optional()
  .catch(undefined);

const declared = z.union([
  z
    .looseObject({ type: z.literal('apiKey'), in: location, name: token })
    .transform(({ in: where, name }) => ({ type: 'apiKey' as const, in: where, name })),
  z
    .looseObject({ apiKeySecurityScheme: z.looseObject({ location, name: token }) })
    .transform(({ apiKeySecurityScheme: { location: where, name } }) => ({
      type: 'apiKey' as const,
      in: where,
      name,
    })),
  z
    .union([
      z.looseObject({ type: z.literal('http'), scheme: z.string() }),
      z
        .looseObject({ httpAuthSecurityScheme: z.looseObject({ scheme: z.string() }) })
        .transform(({ httpAuthSecurityScheme }) => httpAuthSecurityScheme),
    ])
    .transform(({ scheme }) => ({ type: 'http' as const, scheme: scheme.toLowerCase() })),
  z
    .union([
      z.looseObject({ type: z.literal('oauth2'), flows }),
      z
        .looseObject({ oauth2SecurityScheme: z.looseObject({ flows }) })
        .transform(({ oauth2SecurityScheme }) => oauth2SecurityScheme),
    ])
    .transform(({ flows: tokenUrl }) => ({ type: 'oauth2' as const, tokenUrl })),
  z
    .union([
      z.looseObject({ type: z.literal('openIdConnect'), openIdConnectUrl: z.string() }),
      z
        .looseObject({
          openIdConnectSecurityScheme: z.looseObject({ openIdConnectUrl: z.string() }),
        })
        .transform(({ openIdConnectSecurityScheme }) => openIdConnectSecurityScheme),
    ])
    .transform(({ openIdConnectUrl: url }) => ({ type: 'openIdConnect' as const, url })),
  z
    .union([
      z.looseObject({ type: z.literal('mutualTLS') }),
      z.looseObject({ mtlsSecurityScheme: z.looseObject({}) }),
    ])
    .transform(() => ({ type: 'mutualTLS' as const })),
  z.unknown().transform(() => ({ type: 'unknown' as const })),
]);

const scopes = z
  .union([
    z.array(z.string()),
    z.looseObject({ list: z.array(z.string()) }).transform(({ list }) => list),
  ])
  .catch([]);

const requirements = z
  .array(
    z.union([
      z.looseObject({ schemes: z.record(z.string(), scopes) }).transform(({ schemes }) => schemes),
      z.record(z.string(), scopes),
    ]),
  )
  .nullish()
  .catch(undefined);

const published = z.looseObject({
  securitySchemes: z
    .record(
      z.string(),
      z.preprocess((value) => withoutCase(value, 'scheme'), declared),
    )
    .nullish()
    .transform((schemes) => schemes ?? {})
    .catch({}),
  securityRequirements: requirements,
  security: requirements,
});

/** `{ scheme: { $case: 'kind', value } }` is `{ kind: value }`. */
function withoutCase(value: unknown, key: string): unknown {
  const inner = isRecord(value) ? value[key] : undefined;
  return isRecord(inner) && typeof inner['$case'] === 'string'
    ? { [inner['$case']]: inner['value'] }
    : value;
}
