import { type CallOptions, type Hold, SettlementError, type SettlementRail } from '../rail';
import type { createEscrowCalls, ListEscrowsOptions } from './escrow-calls';
import type { Escrow } from './escrow-schemas';
import type { ExchangeClock } from './exchange-clock';
import { stateOfEscrow, toHold } from './escrow-to-hold';

/** The exchange with its current configuration. */
export interface ExchangeConnected {
  url: string;
  client: ReturnType<typeof createEscrowCalls>;
  /** The exchange's clock. */
  clock: ExchangeClock;
  /** An idempotency key that only this payer can compute. */
  keyFor: (operation: string, id: string) => Promise<string>;
  /** The payer's own account: fixed for a key, so it is requested once. */
  ownAccount: (call: CallOptions) => Promise<string>;
}

/** Looks up the state of holds on the exchange. */
export function createEscrowLookups(
  connect: () => ExchangeConnected,
  /** The connection to the exchange of a hold. */
  connectFor: (hold: Pick<Hold, 'escrowId' | 'exchangeUrl'>) => ExchangeConnected,
): Required<Pick<SettlementRail, 'find' | 'findMany' | 'look' | 'listGroup' | 'listHeld'>> {
  const find = async (taskId: string, call: CallOptions = {}): Promise<Hold | undefined> => {
    const isAsked = (escrow: Escrow) => isHeld(escrow) && escrow.taskId === taskId;
    const { escrows, url } = await listOwn(connect(), { taskId, status: 'held' }, isAsked, call);
    return escrows[0] && toHold(escrows[0], { taskId, url });
  };

  return {
    find,

    async findMany(taskIds, call = {}) {
      const asked = new Set(taskIds);
      const found = new Map<string, Hold>();
      if (asked.size > FEW) {
        const isAsked = (escrow: Escrow) => isHeld(escrow) && asked.has(escrow.taskId ?? '');
        const { escrows, url, isWhole } = await listOwn(
          connect(),
          { status: 'held' },
          isAsked,
          call,
        );
        for (const escrow of escrows) {
          const { taskId = '' } = escrow;
          found.set(taskId, toHold(escrow, { taskId, url }));
        }
        if (isWhole) return found;
      }
      for (const taskId of asked) {
        const hold = found.get(taskId) ?? (await find(taskId, call));
        if (hold !== undefined) found.set(taskId, hold);
      }
      return found;
    },

    async look({ escrowId, exchangeUrl }, { abortSignal } = {}) {
      const { client, clock, ownAccount, url } = connectFor({ escrowId, exchangeUrl });
      try {
        const [escrow, accountId] = await Promise.all([
          client.getEscrow(escrowId, { abortSignal }),
          ownAccount({ abortSignal }),
        ]);
        return {
          hold: toHold(escrow, { taskId: escrow.taskId ?? '', url }),
          state: stateOfEscrow(escrow, clock.now()),
          isOurs: escrow.requesterId === accountId,
        };
      } catch (error) {
        if (SettlementError.isInstance(error) && error.code === 'NOT_FOUND') {
          return undefined;
        }
        throw error;
      }
    },

    async listGroup(group, call = {}) {
      const isAsked = (escrow: Escrow) => escrow.groupId === group;
      const connection = connect();
      const { escrows, url } = await listOwn(connection, { groupId: group }, isAsked, call);
      return escrows.map((escrow) => ({
        hold: toHold(escrow, { taskId: escrow.taskId ?? '', url }),
        state: stateOfEscrow(escrow, connection.clock.now()),
        isOurs: true,
      }));
    },

    async listHeld(taskIdPrefix, call = {}) {
      const isAsked = (escrow: Escrow) =>
        isHeld(escrow) && escrow.taskId?.startsWith(taskIdPrefix) === true;
      const { escrows, url } = await listOwn(connect(), { status: 'held' }, isAsked, call);
      return escrows.map((escrow) => toHold(escrow, { taskId: escrow.taskId ?? '', url }));
    },
  };
}

/** Up to this number, single lookups cause no more load than a list. */
const FEW = 3;

/** Escrows per page. */
const PAGE = 200;

/** How often a list is read again if it changes during the reading. */
const ROUNDS = 3;

function isHeld({ status }: Escrow): boolean {
  return status === 'held';
}

/**
 * The matching escrows that this payer made, whichever filters the exchange supports.
 *
 * Pages are numbered, so an escrow that leaves the list moves the following ones to a page that was already
 * read. If fewer escrows were read than the list's total, it is read again. `isWhole` is false if that did not
 * help.
 */
async function listOwn(
  { client, ownAccount, url }: ExchangeConnected,
  query: ListEscrowsOptions,
  isAsked: (escrow: Escrow) => boolean,
  { abortSignal }: CallOptions,
): Promise<{ escrows: Escrow[]; url: string; isWhole: boolean }> {
  const listed = new Map<string, Escrow>();
  let isWhole = false;
  for (let round = 1; round <= ROUNDS && !isWhole; round++) {
    const inRound = new Set<string>();
    let most = 0;
    let read = 0;
    for (let isLast = false; !isLast;) {
      const page = { ...query, limit: PAGE, offset: read };
      const { escrows, total } = await client.listEscrows(page, { abortSignal });
      const before = inRound.size;
      for (const escrow of escrows) {
        inRound.add(escrow.escrowId);
        listed.set(escrow.escrowId, escrow);
      }
      read += escrows.length;
      most = Math.max(most, total);
      isWhole = inRound.size >= most;
      isLast = inRound.size === before || (escrows.length < PAGE && read >= total);
    }
  }
  const asked = [...listed.values()].filter(isAsked);
  if (asked.length === 0) return { escrows: [], url, isWhole };
  const accountId = await ownAccount({ abortSignal });
  // The list contains both roles of the account.
  return { escrows: asked.filter(({ requesterId }) => requesterId === accountId), url, isWhole };
}
