import { useState } from 'react';
import type { Wallet as WalletData } from '../lib/wallet';
import './money.css';
import { Timeline } from './timeline';
import { Wallet } from './wallet';

/** Wallet and timeline, beside the conversation. On a phone the timeline opens above it. */
export function Money({
  wallet = { balances: [], holds: [] },
  nameOf,
}: {
  wallet: WalletData | undefined;
  nameOf: (agent: string) => string;
}) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <aside className="money" data-open={isOpen} aria-label="Money">
      <Wallet balances={wallet.balances} />
      <button
        type="button"
        className="quiet toggle"
        aria-expanded={isOpen}
        onClick={() => setIsOpen(!isOpen)}
      >
        {isOpen ? 'Hide timeline' : `Timeline (${wallet.holds.length})`}
      </button>
      <Timeline holds={wallet.holds} nameOf={nameOf} />
    </aside>
  );
}
