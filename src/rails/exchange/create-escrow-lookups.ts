import { type CallOptions, type Hold, SettlementError, type SettlementRail } from '../rail';
import type { createEscrowCalls } from './create-escrow-calls';
import { stateOfEscrow } from './settled';
import { toHold } from './to-hold';

/** The exchange as it is configured now. */
export interface ExchangeConnected {
  url: string;
  client: ReturnType<typeof createEscrowCalls>;
  /** An idempotency key that only this payer can make. */
  keyFor: (operation: string, id: string) => Promise<string>;
  /** The payer's own account: it never changes for a key, so it is asked for once. */
  ownAccount: (call: CallOptions) => Promise<string>;
}

/** How a rail finds out what it holds, when it does not know or should not believe. */
export function createEscrowLookups(
  connect: () => ExchangeConnected,
  /** Of the exchange a hold lives on. */
  connectFor: (hold: Pick<Hold, 'escrowId' | 'exchangeUrl'>) => ExchangeConnected,
): Required<Pick<SettlementRail, 'find' | 'look' | 'listGroup' | 'listHeld'>> {
  return {
    async find(taskId, { abortSignal } = {}) {
      const { client, ownAccount, url } = connect();
      const query = { taskId, status: 'held', limit: 200 };
      const { escrows } = await client.listEscrows(query, { abortSignal });
      // The list is of both roles, and an exchange may not know every filter.
      const held = escrows.filter((escrow) => escrow.taskId === taskId && escrow.status === 'held');
      if (held.length === 0) {
        return undefined;
      }
      const accountId = await ownAccount({ abortSignal });
      const escrow = held.find(({ requesterId }) => requesterId === accountId);
      return escrow && toHold(escrow, { taskId, url });
    },

    async look({ escrowId, exchangeUrl }, { abortSignal } = {}) {
      const { client, ownAccount, url } = connectFor({ escrowId, exchangeUrl });
      try {
        const [escrow, accountId] = await Promise.all([
          client.getEscrow(escrowId, { abortSignal }),
          ownAccount({ abortSignal }),
        ]);
        return {
          hold: toHold(escrow, { taskId: escrow.taskId ?? '', url }),
          state: stateOfEscrow(escrow),
          isOurs: escrow.requesterId === accountId,
        };
      } catch (error) {
        if (SettlementError.isInstance(error) && error.code === 'NOT_FOUND') {
          return undefined;
        }
        throw error;
      }
    },

    async listGroup(group, { abortSignal } = {}) {
      const { client, ownAccount, url } = connect();
      const accountId = await ownAccount({ abortSignal });
      const query = { groupId: group, limit: PAGE };
      const { escrows } = await client.listEscrows(query, { abortSignal });
      return escrows.flatMap((escrow) => {
        const isAsked = escrow.groupId === group && escrow.requesterId === accountId;
        const hold = toHold(escrow, { taskId: escrow.taskId ?? '', url });
        return isAsked ? [{ hold, state: stateOfEscrow(escrow), isOurs: true }] : [];
      });
    },

    async listHeld(taskIdPrefix, { abortSignal } = {}) {
      const { client, ownAccount, url } = connect();
      const accountId = await ownAccount({ abortSignal });
      const holds: Hold[] = [];
      for (let offset = 0; ; offset += PAGE) {
        const query = { status: 'held', limit: PAGE, offset };
        const { escrows } = await client.listEscrows(query, { abortSignal });
        for (const escrow of escrows) {
          const { requesterId, status, taskId = '' } = escrow;
          if (requesterId === accountId && status === 'held' && taskId.startsWith(taskIdPrefix)) {
            holds.push(toHold(escrow, { taskId, url }));
          }
        }
        if (escrows.length < PAGE) {
          return holds;
        }
      }
    },
  };
}

/** Escrows asked for at a time. */
const PAGE = 200;
