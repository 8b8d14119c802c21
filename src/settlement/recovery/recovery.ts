// The code for holds that no call waits for, as one module that is loaded on first use.
export { createPushNotificationHandler } from './handle-push-notification';
export { listBalances } from './list-balances';
export { listHolds } from './list-holds';
export { reconcile } from './reconcile';
export { createSettleTask } from './settle-task';
