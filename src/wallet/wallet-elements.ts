import type { FoundStep } from './hold-story';
import { type Html, html } from './html';
import type { Wallet } from './read-wallet';
import { renderBalances } from './render-balances';
import { renderHolds } from './render-holds';
import { renderReceipt } from './render-step';
import { showRail } from './show-agent';
import { showLocalTime } from './show-time';
import { walletColors, walletStyle } from './wallet-style';

/**
 * The properties of the elements. To use the elements in JSX, extend React's list of elements:
 *
 * ```ts
 * import type { WalletElements } from 'ai-sdk-a2a-settlement/wallet';
 *
 * declare module 'react' {
 *   namespace JSX {
 *     interface IntrinsicElements extends WalletElements {}
 *   }
 * }
 * ```
 */
export interface WalletElements {
  /** What is available and what is held, in each currency. */
  'settlement-wallet': ElementProps & { wallet: Wallet | undefined };
  /** Each hold and what became of it, the latest first. `expanded` opens all of them. */
  'settlement-timeline': ElementProps & { wallet: Wallet | undefined; expanded?: boolean };
  /** What became of the money for one message: the result of `findStep`. */
  'settlement-receipt': ElementProps & { receipt: FoundStep | undefined };
}

interface ElementProps {
  className?: string;
  id?: string;
  key?: string | number | null;
}

/**
 * Defines `<settlement-wallet>`, `<settlement-timeline>` and `<settlement-receipt>` for a page, in any framework.
 * Each shows the data of a property, and nothing before that. They have no requests and no timers of their own.
 *
 * Call it where the page's code is loaded. On a server, and when called again, it does nothing. A page themes the
 * elements with CSS: `--settlement-muted` and the other colours, or rules for the classes inside.
 *
 * @example
 * ```ts
 * import { defineWalletElements } from 'ai-sdk-a2a-settlement/wallet';
 *
 * defineWalletElements();
 * const timeline = Object.assign(document.createElement('settlement-timeline'), { wallet });
 * document.body.append(timeline);
 * ```
 */
export function defineWalletElements(): void {
  if (typeof customElements === 'undefined' || customElements.get('settlement-wallet')) return;
  const style = new CSSStyleSheet();
  style.replaceSync(walletColors + walletStyle);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, style];

  define('settlement-wallet', 'wallet', renderWallet);
  define('settlement-timeline', 'wallet', ({ holds }: Wallet, element) =>
    renderHolds(holds, {
      isOpen: element.hasAttribute('expanded'),
      none: 'Nothing has been held yet.',
      showTime: showLocalTime,
    }),
  );
  define('settlement-receipt', 'receipt', (receipt: FoundStep) =>
    renderReceipt(receipt, showLocalTime),
  );
}

/** Defines an element that shows the data of one property. */
function define<DATA extends object>(
  name: keyof WalletElements,
  property: 'receipt' | 'wallet',
  render: (data: DATA, element: Element) => Html,
): void {
  const given = new WeakMap<Element, DATA | undefined>();
  class ShownData extends HTMLElement {
    connectedCallback() {
      takeEarlier(this, property);
    }
  }
  Object.defineProperty(ShownData.prototype, property, {
    get(this: Element) {
      return given.get(this);
    },
    set(this: Element, data: DATA | undefined) {
      given.set(this, data);
      show(this, data && render(data, this));
    },
    configurable: true,
    enumerable: true,
  });
  customElements.define(name, ShownData);
}

function renderWallet({ balances, missing }: Wallet): Html {
  return html`${renderBalances(balances)}
  ${
    missing.length > 0 &&
    html`<p class="empty">Not known at the moment: ${missing.map(showRail).join(', ')}.</p>`
  }`;
}

const shown = new WeakMap<Element, string>();

/** Replaces the content if it has changed. What is open or focused stays so. */
function show(element: Element, content: Html | undefined): void {
  const text = content?.text ?? '';
  if (shown.get(element) === text) return;
  shown.set(element, text);
  const all = () => element.querySelectorAll('details');
  const open = new Map([...all()].map((details) => [details.id, details.open]));
  const focused = [...all()].find((details) => details.contains(document.activeElement))?.id;
  element.innerHTML = text;
  for (const details of all()) {
    details.open = open.get(details.id) ?? details.open;
    if (details.id === focused) details.querySelector('summary')?.focus({ preventScroll: true });
  }
}

/** A property that was set before its element was defined would hide the accessor. */
function takeEarlier(element: Element, name: string): void {
  if (!Object.hasOwn(element, name)) return;
  const value: unknown = Reflect.get(element, name);
  Reflect.deleteProperty(element, name);
  Reflect.set(element, name, value);
}
