import { styleText } from 'node:util';

const width = 98;
const indent = '     ';
const labelWidth = 10;
const textColumn = indent.length + labelWidth;

type Style = Parameters<typeof styleText>[0];

/** Prints labels and numbers in columns, with colours if enabled. */
export class Screen {
  private readonly write: (text: string) => void;
  private readonly colors: boolean;
  /** The printed part of the agent's answer, and its last word, which may be incomplete. */
  private answer: { column: number; word: string } | undefined;

  constructor({ write, colors }: { write: (text: string) => void; colors: boolean }) {
    this.write = write;
    this.colors = colors;
  }

  heading(title: string, lines: string[]): void {
    this.write(`\n  ${this.paint('bold', title)}\n\n`);
    for (const line of lines) this.write(`  ${line}\n`);
  }

  title(number: string, method: string, story: string): void {
    this.write(`\n  ${number.padEnd(2)} ${this.paint('bold', method)}  ${story}\n`);
  }

  /** Prints the prompt, and returns it for the call. */
  you(text: string): string {
    this.write(`${label('you')}${text}\n`);
    return text;
  }

  agent(text: string): void {
    this.agentDelta(text);
    this.agentEnd();
  }

  /** Shows a piece of an answer as it arrives. Words are not broken at the edge. */
  agentDelta(delta: string): void {
    if (this.answer === undefined) {
      this.write(label('agent'));
      this.answer = { column: textColumn, word: '' };
    }
    for (const piece of delta.split(/(?<=\s)/)) {
      this.answer.word += piece;
      if (/\s$/.test(piece)) this.endWord(this.answer);
    }
  }

  agentEnd(note = ''): void {
    if (this.answer === undefined) return;
    this.endWord(this.answer);
    this.answer = undefined;
    this.write(`${note && `  ${this.paint('dim', note)}`}\n`);
  }

  /** Prints one movement of tokens, and the balance after it if known. */
  money({ name, tokens, text, balance }: MoneyLine): void {
    const what = `${`${tokens}`.padStart(4)}  ${text}`;
    const now = balance === undefined ? '' : `you have ${`${balance}`.padStart(4)}`;
    const gap = Math.max(width - textColumn - what.length - now.length, 2);
    this.write(
      this.paint(colors[name], label(name)) +
        what +
        (now && ' '.repeat(gap) + this.paint('dim', now)) +
        '\n',
    );
  }

  /** Prints a table. Columns are right-aligned except those named; `sums` are below a line. */
  table({
    header,
    left,
    rows,
    sums,
  }: {
    header: string[];
    left: number[];
    rows: string[][];
    sums: string[][];
  }): void {
    const all = [header, ...rows, ...sums];
    const widths = header.map((_, column) =>
      Math.max(...all.map((row) => row[column]?.length ?? 0)),
    );
    const lineOf = (row: string[]) =>
      row
        .map((cell, column) => {
          const size = widths[column] ?? 0;
          return left.includes(column) ? cell.padEnd(size) : cell.padStart(size);
        })
        .join('  ')
        .trimEnd();
    const rule = '─'.repeat(Math.max(...all.map((row) => lineOf(row).length)));
    this.write(`\n${indent}${this.paint('bold', lineOf(header))}\n`);
    for (const row of rows) this.write(`${indent}${lineOf(row)}\n`);
    this.write(`${indent}${this.paint('dim', rule)}\n`);
    for (const row of sums) this.write(`${indent}${lineOf(row)}\n`);
  }

  verdict(isGood: boolean, text: string): void {
    this.write(`\n  ${isGood ? this.paint('green', '✓') : this.paint('red', '✗')}  ${text}\n`);
  }

  list(lines: string[]): void {
    for (const line of lines) this.write(`${indent}${line}\n`);
  }

  private endWord(answer: { column: number; word: string }): void {
    const word = answer.word.trim();
    answer.word = '';
    if (word === '') return;
    const isFirst = answer.column === textColumn;
    if (!isFirst && answer.column + 1 + word.length > width) {
      this.write(`\n${' '.repeat(textColumn)}${word}`);
      answer.column = textColumn + word.length;
    } else {
      this.write(isFirst ? word : ` ${word}`);
      answer.column += word.length + (isFirst ? 0 : 1);
    }
  }

  private paint(style: Style, text: string): string {
    return this.colors ? styleText(style, text, { validateStream: false }) : text;
  }
}

const colors = {
  held: 'yellow',
  kept: 'yellow',
  released: 'green',
  refunded: 'cyan',
  unpaid: 'magenta',
  pending: 'yellow',
  taken: 'red',
  unresolved: 'red',
} satisfies Record<string, Style>;

export interface MoneyLine {
  name: keyof typeof colors;
  /** The tokens, or the amount of another currency, that moved or stayed held. */
  tokens: number | string;
  text: string;
  /** Your available balance. */
  balance?: number | string;
}

function label(text: string): string {
  return `${indent}${text.padEnd(labelWidth)}`;
}
