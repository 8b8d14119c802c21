import type { ApprovalOptions } from './assert-allowed';
import type { SpendingLimitOptions } from './currency-limits';
import type { RulesByLabel } from './rules-for';

/** What calls with one value of a label may do. It restricts the options for all calls, and never widens them. */
export interface LabelRule extends ApprovalOptions {
  /**
   * Counts the calls with this value only. On rails where the agent captures, a currency without a limit is not
   * paid, as with the common `limits`.
   */
  limits?: SpendingLimitOptions;
}

/**
 * Rules by the name and the value of a label. `'*'` applies to all values that are not listed, each with limits of
 * its own, and to calls without the label.
 */
export type LabelRules = RulesByLabel<LabelRule>;
