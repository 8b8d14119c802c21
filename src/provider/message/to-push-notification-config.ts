import type { TaskPushNotificationConfig } from '@a2a-js/sdk';
import type { A2APushNotification } from './a2a-language-model-options';

/** In the shape of protocol 1.0; the SDK's client brings it into that of 0.3. */
export function toPushNotificationConfig(
  { authentication, token = '', url }: A2APushNotification,
  taskId = '',
): TaskPushNotificationConfig {
  return {
    tenant: '',
    id: '',
    taskId,
    url,
    token,
    authentication: authentication && {
      scheme: authentication.scheme,
      credentials: authentication.credentials ?? '',
    },
  };
}
