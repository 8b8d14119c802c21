import type { HoldStory } from '../lib/hold-story';
import { Hold } from './hold';
import './timeline.css';

/** Every hold and what became of it, the latest first. Plain data in, no state. */
export function Timeline({
  holds,
  nameOf,
}: {
  holds: HoldStory[];
  /** The name to show for an agent's URL. */
  nameOf: (agent: string) => string;
}) {
  return (
    <section className="timeline" aria-label="Timeline">
      <h2>Timeline</h2>
      {holds.length === 0 ? (
        <p className="empty">Nothing has been held yet.</p>
      ) : (
        <ol>
          {holds.map((hold) => (
            <Hold
              key={hold.id}
              hold={hold}
              name={hold.agent ? nameOf(hold.agent) : 'Unknown agent'}
            />
          ))}
        </ol>
      )}
    </section>
  );
}
