// What finishes holds that no call waits for, in a file that is loaded when it is first asked for.
export { createPushNotificationHandler } from './handle-push-notification';
export { reconcile } from './reconcile';
export { createSettleTask } from './settle-task';
