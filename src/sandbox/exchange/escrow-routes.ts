import * as z from 'zod/v4';
import { toEscrowDetail, toHold } from './answers';
import { deliverToEscrow } from './deliver-to-escrow';
import { disputeEscrow } from './dispute-escrow';
import { withSweep } from './lapse-escrows';
import { openEscrow, openEscrowBatch } from './open-escrow';
import {
  batchBody,
  deliverBody,
  disputeBody,
  escrowBody,
  escrowListQuery,
  partialReleaseBody,
  refundBody,
  releaseBody,
} from './request-bodies';
import { page, type RouteParts } from './route-parts';
import { partiallyReleaseEscrow, refundEscrow, releaseEscrow } from './settle-escrow';
import { sha256 } from './sha256';

export function addEscrowRoutes({ routes, gate, ledger }: RouteParts): void {
  routes.post('/exchange/escrow', async (c) => {
    const { caller, body } = await gate.post(c, escrowBody);
    const escrow = withSweep(ledger, () => openEscrow(ledger, caller, body));
    return c.json(toHold(escrow), 201);
  });

  routes.post('/exchange/escrow/batch', async (c) => {
    const { caller, body } = await gate.post(c, batchBody);
    const groupId = body.group_id || crypto.randomUUID();
    const batch = body.escrows.map((terms) => ({ ...terms, groupId }));
    const escrows = withSweep(ledger, () => openEscrowBatch(ledger, caller, batch));
    return c.json({ group_id: groupId, escrows: escrows.map(toHold) }, 201);
  });

  routes.post('/exchange/escrow/:id/deliver', async (c) => {
    const { caller, body } = await gate.post(c, deliverBody);
    const id = c.req.param('id');
    const contentHash = await sha256(body.content);
    const { deliveredAt } = deliverToEscrow(ledger, caller, id, { ...body, contentHash });
    return c.json({ escrow_id: id, status: 'held', delivered_at: deliveredAt });
  });

  routes.post('/exchange/escrow/:id/partial-release', async (c) => {
    const { caller, body } = await gate.post(c, partialReleaseBody);
    // The path's id is used; the body's escrow_id is required and ignored.
    const terms = {
      percent: body.release_percent,
      score: body.score,
      efficacyCheckAt: body.efficacy_check_at,
      efficacyCriteria: body.efficacy_criteria,
    };
    const escrow = withSweep(ledger, () =>
      partiallyReleaseEscrow(ledger, caller, c.req.param('id'), terms),
    );
    const { partial, status } = escrow;
    const heldBack = status === 'partially_released' ? partial : null;
    return c.json({
      escrow_id: escrow.id,
      status,
      released_amount: partial?.releasedAmount ?? 0,
      fee_collected: partial?.releasedFee ?? 0,
      holdback_amount: heldBack?.holdbackAmount ?? 0,
      holdback_fee: heldBack?.holdbackFee ?? 0,
      provider_id: escrow.providerId,
      efficacy_check_at: heldBack?.efficacyCheckAt ?? null,
    });
  });

  routes.post('/exchange/release', async (c) => {
    const { caller, body } = await gate.post(c, releaseBody);
    const { escrow, paid, fee } = withSweep(ledger, () =>
      releaseEscrow(ledger, caller, body.escrow_id),
    );
    return c.json({
      escrow_id: escrow.id,
      status: escrow.status,
      amount_paid: paid,
      fee_collected: fee,
      provider_id: escrow.providerId,
    });
  });

  routes.post('/exchange/refund', async (c) => {
    const { caller, body } = await gate.post(c, refundBody);
    const { escrow, returned } = withSweep(ledger, () =>
      refundEscrow(ledger, caller, body.escrow_id, body.reason),
    );
    return c.json({
      escrow_id: escrow.id,
      status: escrow.status,
      amount_returned: returned,
      requester_id: escrow.requesterId,
    });
  });

  routes.post('/exchange/dispute', async (c) => {
    const { caller, body } = await gate.post(c, disputeBody);
    const { escrow, dispute } = disputeEscrow(ledger, caller, body.escrow_id, {
      reason: body.reason,
      stake: body.stake_amount,
    });
    return c.json({
      escrow_id: escrow.id,
      status: escrow.status,
      reason: dispute.reason,
      stake_amount: dispute.stake,
      evidence_window_closes_at: dispute.windowClosesAt,
    });
  });

  routes.get('/exchange/escrows', async (c) => {
    const { caller, query } = await gate.get(c, escrowListQuery);
    const { task_id: taskId, group_id: groupId, status, ...range } = query;
    const found = caller.escrows.filter(
      (escrow) =>
        (taskId === undefined || escrow.taskId === taskId) &&
        (groupId === undefined || escrow.groupId === groupId) &&
        (status === undefined || escrow.status === status),
    );
    const escrows = page(found.toReversed(), range).map(toEscrowDetail);
    return c.json({ escrows, total: found.length });
  });

  // As the reference exchange while its compliance log is off, which is the default.
  routes.get('/exchange/escrow/:id/attestations', (c) => {
    gate.getPublic(c, z.object({}));
    return c.json({ enabled: false, escrow_id: c.req.param('id'), attestations: [] });
  });

  // Any account may read any escrow: a provider must be able to verify one before it works.
  routes.get('/exchange/escrows/:id', async (c) => {
    await gate.get(c, z.object({}));
    return c.json(toEscrowDetail(ledger.escrow(c.req.param('id'))));
  });
}
