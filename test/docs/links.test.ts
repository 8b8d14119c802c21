import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { expect, it } from 'vitest';
import * as z from 'zod/v4';
import { githubSlug } from '../../site/github-slug';
import { sidebar } from '../../site/sidebar';
import { pages, readPage, repository } from './markdown';

const readmes = globSync('examples/*/README.md', { cwd: repository });
const checked = [...pages, ...readmes, 'CONTRIBUTING.md'];
const {
  bugs,
  files,
  homepage,
  repository: source,
} = z
  .object({
    bugs: z.object({ url: z.url() }),
    files: z.array(z.string()),
    homepage: z.url(),
    repository: z.object({ url: z.string() }),
  })
  .parse(JSON.parse(readPage('package.json')));

interface Link {
  page: string;
  target: string;
}

const links = checked.flatMap((page) => linksOf(page));

it('each relative link leads to a file, and each anchor to a heading', () => {
  expect(links.length).toBeGreaterThan(200);
  expect(links.filter(({ page, target }) => !leadsSomewhere(page, target))).toEqual([]);
});

it('pages of the package link only to files that the package has', () => {
  const shipped = ['README.md', 'LICENSE', 'package.json', ...files];
  // Made by a build: a page of the repository could not link to it.
  const readable = shipped.filter((file) => file !== 'dist');
  const outside = links
    .filter(({ page }) => page !== 'CONTRIBUTING.md')
    .filter(({ page, target }) => {
      const [path = ''] = target.split('#');
      const file = path === '' ? page : posix.join(posix.dirname(page), path);
      return !readable.some((name) => file === name || file.startsWith(`${name}/`));
    });
  expect(outside).toEqual([]);
});

it('an example links to files of its own folder, which is copied alone', () => {
  const leaving = links.filter(
    ({ page, target }) => page.startsWith('examples/') && target.startsWith('../'),
  );
  expect(leaving).toEqual([]);
});

it('the site lists each page of docs once', () => {
  const listed = sidebar.flatMap(({ items }) =>
    items.map(({ link }) => `docs/${link === '/' ? 'index' : link.slice(1)}.md`),
  );
  expect(listed.toSorted()).toEqual(pages.filter((page) => page !== 'README.md').toSorted());
});

// The site's generator refuses both, and it is not built in tests.
it('pages of the site write pictures relative to themselves, and local addresses as code', () => {
  const texts = pages.map((page) => ({ page, prose: proseOf(page) }));
  const wrong = texts.flatMap(({ page, prose }) =>
    [...prose.matchAll(/<img[^>]* src="(?!\.\.?\/)[^"]*"|https?:\/\/localhost\S*/g)]
      .filter(() => page !== 'README.md')
      .map(([text]) => ({ page, text })),
  );
  expect(wrong).toEqual([]);
});

it('names the organisation in package.json, and nowhere else', () => {
  const repositoryUrl = homepage.replace(/#readme$/, '');
  expect(bugs.url).toBe(`${repositoryUrl}/issues`);
  expect(source.url).toBe(`git+${repositoryUrl}.git`);
  const texts = globSync(
    ['*.md', 'docs/**/*.md', 'site/*', 'site/.vitepress/config.ts', 'src/**'],
    {
      cwd: repository,
    },
  ).filter((path) => statSync(join(repository, path)).isFile());
  expect(texts.filter((path) => readPage(path).includes(repositoryUrl))).toEqual([]);
});

/** The page without code. */
function proseOf(page: string): string {
  return readPage(page)
    .replaceAll(/```.*?```/gs, '')
    .replaceAll(/`[^`\n]*`/g, '');
}

function linksOf(page: string): Link[] {
  return [...proseOf(page).matchAll(/\]\(([^)\s]+)\)|<img[^>]* src="([^"]+)"/g)]
    .map(([, target = '', image = target]) => ({ page, target: image }))
    .filter(({ target }) => !/^[a-z]+:/.test(target));
}

function leadsSomewhere(page: string, target: string): boolean {
  const [path = '', anchor] = target.split('#');
  const file = path === '' ? page : posix.join(posix.dirname(page), path);
  if (!existsSync(join(repository, file))) return false;
  if (anchor === undefined) return true;
  return anchorsOf(file).includes(anchor);
}

function anchorsOf(file: string): string[] {
  const text = readFileSync(join(repository, dirname(file), posix.basename(file)), 'utf8');
  const headings = text.replaceAll(/```.*?```/gs, '').matchAll(/^#{1,6} (.+)$/gm);
  return [...headings].map(([, heading = '']) =>
    githubSlug(heading.replaceAll(/\[([^\]]+)\]\([^)]+\)/g, '$1')),
  );
}
