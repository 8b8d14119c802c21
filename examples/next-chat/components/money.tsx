import { defineWalletElements, type Wallet } from 'ai-sdk-a2a-settlement/wallet';
import { useState } from 'react';
import './money.css';

defineWalletElements();

/** Wallet and timeline, beside the conversation. On a phone the timeline opens above it. */
export function Money({ wallet }: { wallet: Wallet | undefined }) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <aside className="money" data-open={isOpen} aria-label="Money">
      <section aria-label="Wallet">
        <h2>Wallet</h2>
        <settlement-wallet wallet={wallet} />
      </section>
      <button
        type="button"
        className="quiet toggle"
        aria-expanded={isOpen}
        onClick={() => setIsOpen(!isOpen)}
      >
        {isOpen ? 'Hide timeline' : `Timeline (${wallet?.holds.length ?? 0})`}
      </button>
      <section className="timeline" aria-label="Timeline">
        <h2>Timeline</h2>
        <settlement-timeline wallet={wallet} expanded />
      </section>
    </aside>
  );
}
