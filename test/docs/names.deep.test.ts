import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, it } from 'vitest';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const entries = [
  'index',
  'agent/index',
  'rails/nevermined/index',
  'rails/x402/index',
  'recording/index',
  'sandbox/index',
  'stores/index',
  'wallet/index',
  'tools/index',
].map((name) => `src/${name}.ts`);

/** Types whose members users write, or read. */
const ofOptions = /(?:Options|Settings|Timeouts|Limits|Polling|Credentials|Receipt|Report|Event)$/;
/** Types whose values users compare with. */
const ofValues = ['EscrowRefusal', 'SettlementErrorCode', 'SettlementEventName'];

const { checker, exported } = publicTypes();

it('names every option, event, error code and reason in README or docs', () => {
  const names = publicNames();
  expect(names.size).toBeGreaterThan(150);
  const pages = globSync(['README.md', 'docs/**/*.md'], { cwd: repository });
  const text = pages.map((page) => readFileSync(join(repository, page), 'utf8')).join('\n');
  // What stands in prose by chance is not named: only what stands as code.
  const code = [...text.matchAll(/```.*?```|`[^`\n]+`/gs)].join('\n');
  expect(
    [...names].filter((name) => !new RegExp(`(?<![\\w-])${name}(?![\\w-])`).test(code)),
  ).toEqual([]);
});

it('docs/troubleshooting.md has an entry for each error code, and for each timeout', () => {
  const page = readFileSync(join(repository, 'docs/troubleshooting.md'), 'utf8');
  const codes = valuesOf('SettlementErrorCode');
  expect(codes.length).toBeGreaterThan(30);
  const entries = [...page.matchAll(/^### `([A-Z_]+)`$/gm)].map(([, code]) => code);
  expect(entries.toSorted()).toEqual(codes.toSorted());
  const timeouts = [...page.matchAll(/^\| `(\w+Ms)` \|/gm)].map(([, timeout]) => timeout);
  expect(timeouts.toSorted()).toEqual(valuesOf('A2ATimeout').toSorted());
});

/** The strings that an exported type allows. */
function valuesOf(name: string): string[] {
  return exported
    .filter((symbol) => symbol.name === name)
    .flatMap((symbol) => literalsOf(checker.getDeclaredTypeOfSymbol(symbol)));
}

/** Of a choice between strings: each one. */
function literalsOf(type: ts.Type): string[] {
  const types = type.isUnion() ? type.types : [type];
  return types.flatMap((one) => (one.isStringLiteral() ? [one.value] : []));
}

function publicTypes() {
  const { config } = ts.readConfigFile(join(repository, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, repository);
  const program = ts.createProgram(
    entries.map((entry) => join(repository, entry)),
    options,
  );
  const checker = program.getTypeChecker();
  const exported = entries.flatMap((entry) => {
    const file = program.getSourceFile(join(repository, entry));
    const module = file && checker.getSymbolAtLocation(file);
    return module === undefined ? [] : checker.getExportsOfModule(module);
  });
  return { checker, exported: exported.map(targetOf) };

  function targetOf(symbol: ts.Symbol): ts.Symbol {
    const isAlias = (symbol.flags & ts.SymbolFlags.Alias) !== 0;
    return isAlias ? checker.getAliasedSymbol(symbol) : symbol;
  }
}

function publicNames(): Set<string> {
  return new Set(exported.flatMap(namesOf));

  function namesOf(symbol: ts.Symbol): string[] {
    if (symbol.name === 'exchangeRail') return parametersOf(symbol);
    const type = checker.getDeclaredTypeOfSymbol(symbol);
    if (ofValues.includes(symbol.name)) return literalsOf(type);
    return ofOptions.test(symbol.name) ? membersOf(type) : [];
  }

  function parametersOf(symbol: ts.Symbol): string[] {
    const [signature] = checker.getTypeOfSymbol(symbol).getCallSignatures();
    return (signature?.parameters ?? []).flatMap((parameter) =>
      membersOf(checker.getNonNullableType(checker.getTypeOfSymbol(parameter))),
    );
  }

  /** Of a choice between types: those of each. */
  function membersOf(type: ts.Type): string[] {
    const types = type.isUnion() ? type.types : [type];
    return types.flatMap((one) => one.getProperties().map(({ name }) => name));
  }
}
