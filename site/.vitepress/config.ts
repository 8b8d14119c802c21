import { readFileSync } from 'node:fs';
import { defineConfig } from 'vitepress';
import { githubSlug } from '../github-slug.ts';
import { sidebar } from '../sidebar.ts';

const { description, homepage, name } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
);
const api = JSON.parse(
  readFileSync(new URL('../.content/api/typedoc-sidebar.json', import.meta.url), 'utf8'),
);

export default defineConfig({
  title: name,
  description,
  lang: 'en',
  // Where the pages are served below a path, as on GitHub Pages.
  base: process.env['SITE_BASE'] ?? '/',
  srcDir: '.content',
  srcExclude: ['public/**'],
  cleanUrls: true,
  lastUpdated: false,
  ignoreDeadLinks: false,
  markdown: { anchor: { slugify: githubSlug } },
  themeConfig: {
    outline: { level: [2, 3] },
    search: { provider: 'local' },
    sidebar: [...sidebar, { text: 'API', collapsed: true, items: api }],
    socialLinks: [{ icon: 'github', link: homepage.replace('#readme', '') }],
  },
});
