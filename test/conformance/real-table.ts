import { columns, type Column } from './subjects';

/** What a cell says, and what stands below the table about it. */
export interface RealCell {
  mark: 'yes' | 'no' | '–';
  note?: string;
}

export interface RealRow {
  peer: string;
  speaks: string;
  cells: Record<Column, RealCell>;
  /** When it was run, `2026-11-22`. */
  run: string;
}

const digits = '⁰¹²³⁴⁵⁶⁷⁸⁹';
const header = ['peer', 'speaks', ...columns, 'run'];

export function renderRealTable(rows: RealRow[]): string {
  const cellsInOrder = rows.flatMap(({ cells }) => columns.map((column) => cells[column]));
  const notes = [...new Set(cellsInOrder.map(noteOf))].filter((note) => note !== '');
  const numbered = ({ mark, note }: RealCell) =>
    note === undefined ? mark : `${mark} ${superscript(notes.indexOf(note) + 1)}`;
  return [
    line(header),
    line(header.map(() => '---')),
    ...rows.map(({ cells, peer, run, speaks }) =>
      line([peer, speaks, ...columns.map((column) => numbered(cells[column])), run]),
    ),
    '',
    ...notes.map((note, index) => `${superscript(index + 1)} ${note}.  `),
  ].join('\n');
}

/** The rows that a page has between its marks, with their notes. */
export function readRealTable(page: string): RealRow[] {
  const table = /<!-- real-peers: begin -->([^]*?)<!-- real-peers: end -->/.exec(page)?.[1] ?? '';
  const lines = table.split('\n').map((one) => one.trim());
  const notes = new Map(
    lines.flatMap((one) => {
      const [, number, note] = new RegExp(`^([${digits}]+) (.*)\\.$`).exec(one) ?? [];
      return number === undefined || note === undefined ? [] : [[number, note]];
    }),
  );
  return lines
    .filter(
      (one) => one.startsWith('| ') && !one.startsWith('| ---') && !one.startsWith('| peer |'),
    )
    .map((one) => {
      const [peer = '', speaks = '', ...rest] = one.slice(2, -2).split(' | ');
      const cells = Object.fromEntries(
        columns.map((column, index) => {
          const [mark, number] = (rest[index] ?? '').split(' ');
          const note = number === undefined ? undefined : notes.get(number);
          return [column, { mark, ...(note !== undefined && { note }) }];
        }),
      );
      return { peer, speaks, cells, run: rest.at(-1) ?? '' } as RealRow;
    });
}

function noteOf({ note }: RealCell): string {
  return note ?? '';
}

function line(cells: string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function superscript(number: number): string {
  return [...String(number)].map((digit) => digits[Number(digit)]).join('');
}
