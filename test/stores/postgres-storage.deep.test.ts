import { readFileSync } from 'node:fs';
import { PGlite } from '@electric-sql/pglite';
import type { AtomicStorage } from 'ai-sdk-a2a-settlement/stores';
import ts from 'typescript';
import { atomicStorageSuite } from './atomic-storage-suite';

/** The page that users copy from is what is tested. */
const page = readFileSync(new URL('../../docs/storage.md', import.meta.url), 'utf8');

interface PageModule {
  postgresStorage: (database: Pick<PGlite, 'query'>) => AtomicStorage;
}

atomicStorageSuite(
  'the PostgreSQL storage of docs/storage.md',
  async () => {
    const database = await PGlite.create();
    await database.exec(blockOf('sql', 'create table'));
    const { postgresStorage } = await load(blockOf('ts', 'postgresStorage'));
    return {
      connect: async () => postgresStorage(database),
      close: () => database.close(),
    };
  },
  { runs: 30, many: 500 },
);

function blockOf(language: string, content: string): string {
  const blocks = page.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, 'gms'));
  const found = [...blocks].map(([, code = '']) => code).find((code) => code.includes(content));
  if (found === undefined) throw new Error(`docs/storage.md has no ${language} block of it.`);
  return found;
}

function load(source: string): Promise<PageModule> {
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ESNext },
  });
  const url = `data:text/javascript,${encodeURIComponent(outputText)}`;
  return import(/* @vite-ignore */ url);
}
