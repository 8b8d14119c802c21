import { columns, type Column, type Subject } from './subjects';

/** What came of one row: `yes`, or why not. */
export interface Row {
  subject: Subject;
  found: Record<Column, string>;
}

/** A row of the table of refusals. */
export interface RefusalRow {
  name: string;
  means: string;
  status: number;
  error: string;
  isRetryable: boolean;
  tokens: string;
}

export function renderTable(rows: Row[]): string {
  const notes: string[] = [];
  const noteOf = (text: string) => {
    if (!notes.includes(text)) notes.push(text);
    return notes.indexOf(text) + 1;
  };
  const lines = rows.map(({ found, subject }) => {
    const cells = columns.map((column) => {
      const reason = subject.cannot[column];
      return reason === undefined ? found[column] : `– ${superscript(noteOf(reason))}`;
    });
    return line([subject.peer, subject.quirk, ...cells]);
  });
  return [
    line(['peer', 'transport or quirk', ...columns]),
    line(['---', '---', ...columns.map(() => '---')]),
    ...lines,
    '',
    ...notes.map((note, index) => `${superscript(index + 1)} ${note}.  `),
  ].join('\n');
}

/** A row of the table of recorded agents. */
export interface RecordedRow {
  server: string;
  habit: string;
  /** `yes`, or why not. */
  generate: string;
  stream: string;
  tokens: string;
}

export function renderRecorded(rows: RecordedRow[]): string {
  return [
    line(['server', 'what it does', 'generate', 'stream', 'tokens']),
    line(['---', '---', '---', '---', '---']),
    ...rows.map(({ generate, habit, server, stream, tokens }) =>
      line([server, habit, generate, stream, tokens]),
    ),
  ].join('\n');
}

export function renderRefusals(rows: RefusalRow[]): string {
  return [
    line(['the gateway refuses', 'HTTP', 'the error says', 'tried again', 'tokens']),
    line(['---', '---', '---', '---', '---']),
    ...rows.map(({ error, isRetryable, means, name, status, tokens }) =>
      line([`${name}: ${means}`, String(status), error, isRetryable ? 'yes' : 'no', tokens]),
    ),
  ].join('\n');
}

/** Puts a table between its marks. */
export function replaceTable(page: string, name: string, table: string): string {
  const [begin, end] = [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`];
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from) throw new Error(`The page has no place for "${name}".`);
  return `${page.slice(0, from + begin.length)}\n${table}\n${page.slice(to)}`;
}

function line(cells: string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
}

function superscript(number: number): string {
  return [...String(number)].map((digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)]).join('');
}
