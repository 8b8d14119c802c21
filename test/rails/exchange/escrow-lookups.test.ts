import { describe, expect, it } from 'vitest';
import { exchangeRail } from '../../../src/rails/exchange/exchange-rail';
import { fakeExchange, json, looked, type SeenRequest } from './fake-exchange';
import { exchangeUrl } from './sandbox-exchange';

interface Listed {
  id: string;
  task_id: string;
  requester_id?: string;
  status?: string;
  group_id?: string;
}

/** `task-0`, `task-1`, …, newest first. */
const escrows = (count: number, prefix = 'task'): Listed[] =>
  Array.from({ length: count }, (_, index) => ({
    id: `${prefix}-e-${index}`,
    task_id: `${prefix}-${index}`,
  }));

/** An exchange that lists what is in `list`, page by page, and knows no filter but the task id. */
function listing(
  list: Listed[],
  {
    maxPage = Number.POSITIVE_INFINITY,
    afterPage = () => {},
  }: { maxPage?: number; afterPage?: (page: number) => void } = {},
) {
  let pages = 0;
  const answer = ({ url }: SeenRequest) => {
    const { pathname, searchParams } = new URL(url);
    if (pathname.endsWith('/balance')) return json(200, { account_id: 'payer-1' });
    const taskId = searchParams.get('task_id');
    const found = list.filter((escrow) => taskId === null || escrow.task_id === taskId);
    const offset = Number(searchParams.get('offset') ?? 0);
    const limit = Math.min(Number(searchParams.get('limit')), maxPage);
    const page = found.slice(offset, offset + limit).map((escrow) => ({ ...looked, ...escrow }));
    const response = json(200, { escrows: page, total: found.length });
    afterPage(++pages);
    return response;
  };
  const { fetch, requests } = fakeExchange(answer);
  const rail = exchangeRail({ exchangeUrl, apiKey: 'ate_1', fetch });
  const lists = () => requests.filter(({ url }) => new URL(url).pathname.endsWith('/escrows'));
  return { rail, lists };
}

describe('a list of many pages', () => {
  it.each([
    ['of 200', Number.POSITIVE_INFINITY],
    ['that the exchange makes smaller than asked for', 100],
  ])('%s is read to its end', async (_, maxPage) => {
    const list = escrows(450).map((escrow) => ({ ...escrow, group_id: 'g' }));
    const { rail } = listing(list, { maxPage });
    const asked = list.map(({ task_id }) => task_id);
    expect((await rail.listHeld?.('task-'))?.map(({ taskId }) => taskId)).toEqual(asked);
    expect(await rail.listGroup?.('g')).toHaveLength(450);
    expect([...((await rail.findMany?.(asked))?.keys() ?? [])]).toEqual(asked);
  });

  it('is read to its end by an exchange that does not say how many there are', async () => {
    const list = escrows(401);
    const { fetch } = fakeExchange(({ url }: SeenRequest) => {
      const { pathname, searchParams } = new URL(url);
      if (pathname.endsWith('/balance')) return json(200, { account_id: 'payer-1' });
      const offset = Number(searchParams.get('offset'));
      const page = list.slice(offset, offset + 200);
      return json(200, { escrows: page.map((escrow) => ({ ...looked, ...escrow })) });
    });
    const rail = exchangeRail({ exchangeUrl, apiKey: 'ate_1', fetch });
    expect(await rail.listHeld?.('')).toHaveLength(401);
  });

  it('ends where an exchange gives the first page over and over', async () => {
    const page = escrows(200).map((escrow) => ({ ...looked, ...escrow }));
    const { fetch, requests } = fakeExchange(({ url }: SeenRequest) =>
      url.includes('/balance')
        ? json(200, { account_id: 'payer-1' })
        : json(200, { escrows: page, total: 1000 }),
    );
    const rail = exchangeRail({ exchangeUrl, apiKey: 'ate_1', fetch });
    expect(await rail.listHeld?.('')).toHaveLength(200);
    expect(requests.length).toBeLessThan(10);
  });

  it('that loses escrows while it is read is read again, and no hold is missed', async () => {
    const list = escrows(450);
    const { rail, lists } = listing(list, {
      afterPage: (page) => {
        // Settled meanwhile: what was behind them moves to the page that was read.
        if (page === 1) list.splice(0, 50);
      },
    });
    const held = await rail.listHeld?.('task-');
    const ids = new Set(held?.map(({ taskId }) => taskId));
    expect(list.filter(({ task_id }) => !ids.has(task_id))).toEqual([]);
    expect(lists().length).toBeGreaterThan(3);
  });

  it('that does not come to rest is made up for by single look-ups', async () => {
    const list = escrows(650);
    const { rail } = listing(list, {
      afterPage: (page) => {
        if (page <= 10) list.splice(0, 10);
      },
    });
    const asked = ['task-640', 'task-201', 'task-202', 'task-203', 'task-204', 'task-205', 'other'];
    const found = await rail.findMany?.(asked);
    expect([...(found?.keys() ?? [])].sort()).toEqual(asked.filter((id) => id !== 'other').sort());
  });
});

describe('findMany', () => {
  it('lists once for many', async () => {
    const { rail, lists } = listing(escrows(30));
    const asked = [...Array.from({ length: 20 }, (_, index) => `task-${index}`), 'nowhere'];
    const found = await rail.findMany?.(asked);
    expect([...(found?.keys() ?? [])].sort()).toEqual(asked.slice(0, 20).sort());
    expect(found?.get('task-3')).toEqual(await rail.find?.('task-3'));
    expect(lists()).toHaveLength(2);
  });

  it('asks for a few one by one, and for none not at all', async () => {
    const { rail, lists } = listing(escrows(30));
    expect([...((await rail.findMany?.(['task-3', 'task-3', 'nowhere']))?.keys() ?? [])]).toEqual([
      'task-3',
    ]);
    expect(lists().map(({ url }) => new URL(url).searchParams.get('task_id'))).toEqual([
      'task-3',
      'nowhere',
    ]);
    expect(await rail.findMany?.([])).toEqual(new Map());
    expect(lists()).toHaveLength(2);
  });

  it('fails when the exchange cannot be asked, and stops when it is told to', async () => {
    const { fetch } = fakeExchange(json(500, {}));
    const rail = exchangeRail({ exchangeUrl, apiKey: 'ate_1', fetch });
    const asked = ['a', 'b', 'c', 'd', 'e'];
    await expect(rail.findMany?.(asked)).rejects.toMatchObject({ code: 'UPSTREAM' });
    const abortSignal = AbortSignal.abort();
    await expect(rail.findMany?.(asked, { abortSignal })).rejects.toBe(abortSignal.reason);
  });
});

describe('what others hold for this account', () => {
  it('is in no list', async () => {
    const list = [
      { id: 'e-1', task_id: 't-1', group_id: 'g', requester_id: 'somebody' },
      { id: 'e-2', task_id: 't-2', group_id: 'g', status: 'released' },
      { id: 'e-3', task_id: 't-3', group_id: 'g' },
      { id: 'e-4', task_id: 't-4', group_id: 'another' },
    ];
    const { rail } = listing(list);
    const asked = ['t-1', 't-2', 't-3', 't-9'];
    expect([...((await rail.findMany?.(asked))?.keys() ?? [])]).toEqual(['t-3']);
    expect((await rail.listHeld?.('t-'))?.map(({ taskId }) => taskId)).toEqual(['t-3', 't-4']);
    const group = await rail.listGroup?.('g');
    expect(group?.map(({ hold }) => hold.taskId)).toEqual(['t-2', 't-3']);
    expect(await rail.find?.('t-1')).toBeUndefined();
  });
});
