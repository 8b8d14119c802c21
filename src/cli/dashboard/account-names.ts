import type { ExchangeClient } from '../../rails/exchange/exchange-client';

/** At most this many accounts are looked up for one view, so that the exchange limits no request of the application. */
const mostLookUps = 5;
/** After this time, an account without a name is looked up again. */
const retryMs = 300_000;
const mostLetters = 60;

/**
 * Looks up the names of accounts at an exchange, each of them once. Who registered an account chose its name: it
 * proves nothing. Accounts whose names are not known, or not yet, are left out.
 */
export function accountNames(
  client: Pick<ExchangeClient, 'account'>,
  now: () => number = Date.now,
): (accounts: string[]) => Promise<Map<string, string>> {
  const asked = new Map<string, { at: number; name?: string }>();

  const lookUp = async (id: string) => {
    // Set first: another view does not ask, too.
    asked.set(id, { at: now() });
    const found = await client.account(id).catch(() => undefined);
    const name = found?.id === id ? found.botName.trim() : '';
    if (name !== '') asked.set(id, { at: now(), name: shortened(name) });
  };

  return async (accounts) => {
    const ids = [...new Set(accounts)];
    const missing = ids.filter((id) => {
      const known = asked.get(id);
      return known === undefined || (known.name === undefined && now() - known.at >= retryMs);
    });
    await Promise.all(missing.slice(0, mostLookUps).map(lookUp));
    return new Map(
      ids.flatMap((id) => {
        const name = asked.get(id)?.name;
        return name === undefined ? [] : [[id, name] as const];
      }),
    );
  };
}

function shortened(name: string): string {
  const letters = [...name];
  return letters.length <= mostLetters ? name : `${letters.slice(0, mostLetters - 1).join('')}…`;
}
