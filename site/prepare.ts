// Makes .content, which VitePress reads: the pages of docs/, the API reference from doc comments, and
// llms.txt with a copy of each page as it was written.
import { execFileSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sidebar } from './sidebar.ts';

const site = dirname(fileURLToPath(import.meta.url));
const repository = dirname(site);
const docs = join(repository, 'docs');
const content = join(site, '.content');
const { description, homepage, name } = JSON.parse(
  readFileSync(join(repository, 'package.json'), 'utf8'),
);
const source = `${homepage.replace('#readme', '')}/blob/HEAD`;

rmSync(content, { force: true, recursive: true });
cpSync(docs, content, { recursive: true });
for (const page of globSync('**/*.md', { cwd: docs })) {
  const text = withLinksToSource(readFileSync(join(docs, page), 'utf8'), page);
  // GitHub draws these, VitePress does not.
  const picture = `[The picture is on GitHub.](${source}/docs/${page})\n`;
  write(page, text.replaceAll(/^```mermaid\n.*?^```\n/gms, picture));
  write(`public/${page}`, text);
}
cpSync(join(docs, 'images'), join(content, 'public/images'), { recursive: true });

execFileSync('npx', ['--no-install', 'typedoc'], { cwd: site, stdio: 'inherit' });

const pages = sidebar.flatMap(({ text: group, items }) =>
  items.map(({ link, text: title }) => ({ group, title, ...readPage(link) })),
);
write('public/llms.txt', llmsIndex());
write(
  'public/llms-full.txt',
  pages.map(({ file, text }) => `<!-- ${file} -->\n\n${text}`).join('\n\n'),
);

function readPage(link: string) {
  const file = `${link === '/' ? 'index' : link.slice(1)}.md`;
  const text = readFileSync(join(content, 'public', file), 'utf8');
  // The first paragraph below the title says what a page is about.
  const [, about = ''] = text.split('\n\n');
  return { file, text, about: about.replaceAll(/\[([^\]]+)\]\([^)]+\)/g, '$1') };
}

function llmsIndex(): string {
  const lines = [`# ${name}`, '', `> ${description}`];
  for (const { text } of sidebar) {
    lines.push('', `## ${text}`, '');
    for (const page of pages.filter(({ group }) => group === text)) {
      lines.push(`- [${page.title}](${page.file}): ${page.about}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

/** What lies outside docs/ is not on the site: the link goes to the repository. */
function withLinksToSource(text: string, page: string): string {
  return text.replaceAll(/\]\((\.\.?\/[^)\s]+)\)/g, (link, target: string) => {
    const path = posix.normalize(posix.join('docs', posix.dirname(page), target));
    return path.startsWith('docs/') ? link : `](${source}/${path})`;
  });
}

function write(path: string, text: string): void {
  const file = join(content, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
