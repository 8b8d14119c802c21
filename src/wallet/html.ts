/** Markup. Only {@link html} creates it. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Part = Html | string | number | false | undefined | Part[];

/** A template of markup. All values are escaped, except other markup. `false` and `undefined` are left out. */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Html {
  return new Html(
    strings.reduce((text, string, index) => text + textOf(parts[index - 1]) + string),
  );
}

/** The markup, or this text if the data is not what it should be: one such record must not hide the others. */
export function htmlOr(text: string, render: () => Html): Html {
  try {
    return render();
  } catch {
    return html`${text}`;
  }
}

function textOf(part: Part): string {
  if (part === undefined || part === false) return '';
  if (part instanceof Html) return part.text;
  if (Array.isArray(part)) return part.map(textOf).join('');
  return escape(String(part));
}

/** Foreign text can neither leave its element nor its attribute, nor change the order of what is read. */
function escape(text: string): string {
  return text
    .replace(/[\p{Cc}\u202A-\u202E\u2066-\u2069]/gu, '\uFFFD')
    .replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
