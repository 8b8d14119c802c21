import { type AgentId, agents } from '../lib/agents';
import './scenarios.css';

/** A button for each thing that can become of a hold. */
export function Scenarios({
  isBusy,
  isCompact,
  onTry,
}: {
  /** An answer runs: a second question would stand in the middle of it. */
  isBusy: boolean;
  isCompact: boolean;
  onTry: (agent: AgentId) => void;
}) {
  return (
    <section className="scenarios" data-compact={isCompact} aria-label="Make an agent">
      {!isCompact && (
        <>
          <h2>What should the agent do?</h2>
          <p>
            Tokens are held before an agent works, released when it delivers, and refunded when it
            does not. Try each, and watch the timeline.
          </p>
        </>
      )}
      <ul>
        {agents.map(({ id, price, scenario }) => (
          <li key={id}>
            {/* A disabled button would lose the focus. */}
            <button
              type="button"
              title={scenario.shows}
              aria-disabled={isBusy}
              onClick={() => !isBusy && onTry(id)}
            >
              <strong>{scenario.title}</strong>
              {!isCompact && (
                <>
                  <span className="price">{price}</span>
                  <span className="shows">{scenario.shows}</span>
                </>
              )}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
