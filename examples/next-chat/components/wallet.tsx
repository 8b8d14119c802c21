import type { Balance } from '../lib/wallet';
import './wallet.css';

/** What is available and what is held, in each currency. Plain data in, no state. */
export function Wallet({ balances }: { balances: Balance[] }) {
  return (
    <section className="wallet" aria-label="Wallet">
      <h2>Wallet</h2>
      <dl>
        {balances.map(({ available, currency, held, rail }) => (
          <div key={`${rail} ${currency}`} className="balance" data-currency={currency}>
            <dt>{currency}</dt>
            <dd className="available">
              <span>{available}</span> <small>available</small>
            </dd>
            <dd className="held" data-empty={held === '0'}>
              <span>{held}</span> <small>{rail === 'a2a-se' ? 'held' : 'authorized'}</small>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
