// The code that finishes holds that no call waits for, as one module that is loaded on first use.
export { createPushNotificationHandler } from './handle-push-notification';
export { reconcile } from './reconcile';
export { createSettleTask } from './settle-task';
