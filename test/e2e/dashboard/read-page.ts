import type { Page } from 'playwright-core';

/** Every number of the page, as a reader finds it. */
export interface ShownNumbers {
  /** `{ ATE: { available: '989', held: '11' } }` */
  wallet: Record<string, { available: string; held: string | undefined }>;
  underWay: { count: string; sums: string[]; listed: number };
  unresolved: string;
  /** The sums, by currency. */
  spend: Record<string, Record<string, string>>;
  /** The rows of the table of days, by currency. */
  days: Record<string, string[][]>;
  /** The rows of the bars, by currency and figure: name, spent, holds and what was returned. */
  bars: Record<string, string[][]>;
  /** The tabs of the timeline: `{ all: '200', paid: '100' }` */
  counts: Record<string, string>;
  /** The holds of the timeline: status and amount. */
  timeline: string[];
}

export function readPage(page: Page): Promise<ShownNumbers> {
  return page.evaluate(() => {
    const text = (element: Element | null | undefined) =>
      (element?.textContent ?? '').replaceAll(/\s+/g, ' ').trim();
    const all = (selector: string, within: ParentNode = document) => [
      ...within.querySelectorAll(selector),
    ];
    const currencies = all('#spend .currency');
    const of = (element: Element, name: string) => element.getAttribute(name) ?? '';
    const byCurrency = <T>(read: (element: Element) => T) =>
      Object.fromEntries(
        currencies.map((element) => [of(element, 'data-currency'), read(element)]),
      );
    return {
      wallet: Object.fromEntries(
        all('#wallet .balance').map((element) => [
          of(element, 'data-currency'),
          {
            available: text(element.querySelector('.available span')),
            held: element.querySelector('.held span')?.textContent ?? undefined,
          },
        ]),
      ),
      underWay: {
        count: text(document.querySelector('#under-way .count')),
        sums: all('#under-way .sums strong').map(text),
        listed: all('#under-way .current').length,
      },
      unresolved: text(document.querySelector('#unresolved .count')),
      spend: byCurrency((element) =>
        Object.fromEntries(
          all('.tile dd', element).map((tile) => [of(tile, 'data-of'), text(tile)]),
        ),
      ),
      days: byCurrency((element) =>
        all('tbody tr', element).map((row) => all('th, td', row).map(text)),
      ),
      bars: Object.fromEntries(
        currencies.flatMap((element) =>
          all('.groups figure', element).map((figure, index) => [
            `${of(element, 'data-currency')} ${index === 0 ? 'agent' : 'label'}`,
            all('.bars li', figure).map((row) => [
              of(row, 'data-group'),
              text(row.querySelector('strong')),
              text(row.querySelector('small')),
            ]),
          ]),
        ),
      ),
      counts: Object.fromEntries(
        all('#timeline nav a').map((tab) => {
          const [name = '', count = ''] = text(tab).split(' ');
          return [name, count];
        }),
      ),
      timeline: all('#timeline summary').map(
        (row) => `${text(row.querySelector('.status'))} ${text(row.querySelector('strong'))}`,
      ),
    };
  });
}
