import type { Approval, Problem } from '../lib/chat-message';
import { ApprovalRequest } from './approval-request';

/** Says what went wrong. For a price that needs approval, it asks for it. */
export function ProblemNotice({
  problem: { approval, code, message },
  onDecision,
}: {
  problem: Problem;
  onDecision: (approval: Approval, isApproved: boolean) => void;
}) {
  if (approval !== undefined) {
    return (
      <ApprovalRequest
        approval={approval}
        onDecision={(isApproved) => onDecision(approval, isApproved)}
      />
    );
  }
  return (
    <div role="alert" className="problem">
      {code !== undefined && <code>{code}</code>}
      <p>{message}</p>
    </div>
  );
}
