import { isRecord } from '@ai-sdk/provider-utils';
import * as z from 'zod/v4';

/** The authentication schemes of agents that this provider supports. */
export type SecurityScheme =
  | { type: 'apiKey'; in: 'header' | 'query' | 'cookie'; name: string }
  | { type: 'http'; scheme: string }
  /** `tokenUrl` is the URL of the client credentials flow; undefined if the agent offers only other flows. */
  | { type: 'oauth2'; tokenUrl: string | undefined }
  | { type: 'openIdConnect'; url: string }
  | { type: 'mutualTLS' }
  | { type: 'unknown' };

export interface CardSecurity {
  schemes: Map<string, SecurityScheme>;
  /** Alternatives, each a set of required schemes with their scopes. */
  requirements: Map<string, string[]>[];
}

/**
 * Reads the security schemes of a published card: protocol 1.0 wraps each scheme in its kind, 0.3 has a field
 * for the kind (A2A 1.0, section 4.5; 0.3, section 5.5.4), and the A2A SDK's 1.x server publishes its in-memory
 * form.
 *
 * The A2A SDK's own parser keeps only the first flow of an OAuth scheme, which may not be the client
 * credentials flow.
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
/** A header with an invalid name cannot be sent. */
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

/** Converts `{ scheme: { $case: 'kind', value } }` to `{ kind: value }`. */
function withoutCase(value: unknown, key: string): unknown {
  const inner = isRecord(value) ? value[key] : undefined;
  return isRecord(inner) && typeof inner['$case'] === 'string'
    ? { [inner['$case']]: inner['value'] }
    : value;
}
