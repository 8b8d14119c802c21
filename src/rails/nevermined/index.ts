export type { NeverminedPlan } from './nevermined-calls';
export type {
  NeverminedConnectionOptions,
  NeverminedDelegation,
  NeverminedDelegationTerms,
  NeverminedEnvironment,
  NeverminedOptions,
} from './nevermined-options';
export { nevermined, type NeverminedRail } from './nevermined-rail';
