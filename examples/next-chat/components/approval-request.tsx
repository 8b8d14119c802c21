import type { Approval } from '../lib/chat-message';

/** Asks the user to agree to a price, before anything is held. */
export function ApprovalRequest({
  approval: { amount, currency },
  onDecision,
}: {
  approval: Approval;
  onDecision: (isApproved: boolean) => void;
}) {
  return (
    <div role="group" className="approval" aria-label="Approve the price">
      <p>
        This agent asks for{' '}
        <strong>
          {amount} {currency}
        </strong>{' '}
        and the fee of the exchange. Nothing is held yet.
      </p>
      <div className="buttons">
        <button type="button" className="primary" onClick={() => onDecision(true)}>
          Hold {amount} {currency}
        </button>
        <button type="button" onClick={() => onDecision(false)}>
          Refuse
        </button>
      </div>
    </div>
  );
}
