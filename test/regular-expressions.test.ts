import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { analyse } from 'scslre';
import ts from 'typescript';
import { expect, it } from 'vitest';

const repository = fileURLToPath(new URL('..', import.meta.url));

/**
 * Expressions that are put together while the program runs cannot be analysed here. Each stands here
 * with the reason why it is linear, and has a line in linear-time.deep.test.ts.
 */
const composed: Record<string, string> = {};

const expressions = globSync('src/**/*.ts', { cwd: repository }).sort().flatMap(expressionsIn);

it('finds the regular expressions of the package', () => {
  expect(expressions.length).toBeGreaterThan(80);
});

it('has no regular expression that takes more than linear time', () => {
  const slow = expressions.flatMap(({ where, source, flags }) => {
    if (source === undefined) return [];
    const { reports } = analyse({ source, flags });
    return reports.map(({ type, character }) => `${where}: ${type} of ${character.literal.source}`);
  });
  expect(slow).toEqual([]);
});

it('has no composed regular expression that was not reviewed', () => {
  const found = expressions.flatMap(({ where, source }) => (source === undefined ? [where] : []));
  expect(found.sort()).toEqual(Object.keys(composed).sort());
});

it.each(['/\\/+$/', '/[\\s.]+$/g', '/^(\\S+)\\s+(.+)$/', '/^(?:a+)+$/'])(
  'would notice %s',
  (literal) => {
    const { source, flags } = parse(literal);
    const { reports } = analyse({ source, flags });
    expect(reports).not.toEqual([]);
  },
);

interface Expression {
  where: string;
  /** Undefined for one that is put together while the program runs. */
  source: string | undefined;
  flags: string;
}

function expressionsIn(path: string): Expression[] {
  const file = ts.createSourceFile(
    path,
    readFileSync(join(repository, path), 'utf8'),
    ts.ScriptTarget.Latest,
    true,
  );
  const name = path;
  const found: Expression[] = [];
  const visit = (node: ts.Node): void => {
    const where = `${name}: ${node.getText(file)}`;
    if (ts.isRegularExpressionLiteral(node)) found.push({ where, ...parse(node.text) });
    else if (isConstruction(node)) found.push({ where, source: undefined, flags: '' });
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function isConstruction(node: ts.Node): boolean {
  if (!ts.isNewExpression(node) && !ts.isCallExpression(node)) return false;
  const { arguments: given, expression: callee } = node;
  if (ts.isIdentifier(callee)) return callee.text === 'RegExp';
  // `text.search(other)` makes an expression out of a string.
  const [pattern, ...others] = given ?? [];
  return (
    ts.isPropertyAccessExpression(callee) &&
    ['match', 'matchAll', 'search'].includes(callee.name.text) &&
    pattern !== undefined &&
    others.length === 0 &&
    !ts.isRegularExpressionLiteral(pattern)
  );
}

function parse(literal: string): { source: string; flags: string } {
  const end = literal.lastIndexOf('/');
  return { source: literal.slice(1, end), flags: literal.slice(end + 1) };
}
