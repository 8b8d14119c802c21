import { convertBase64ToUint8Array } from '@ai-sdk/provider-utils';
import type { A2APart, A2APushNotificationConfig, A2ASendRequest } from '../client/a2a-event';
import type { SdkPart, SdkPushConfig, SdkSendRequest } from './a2a-sdk-client';

/** A message to send, as the A2A SDK's client takes it. */
export function toSdkRequest({
  acceptedOutputModes,
  message,
  pushNotification,
  returnImmediately,
}: A2ASendRequest): SdkSendRequest {
  const { contextId, extensions, messageId, metadata, parts, taskId } = message;
  return {
    // The client sets the tenant of the interface that it was made for.
    tenant: '',
    message: {
      messageId,
      contextId,
      taskId,
      role: 1,
      parts: parts.map(toSdkPart),
      metadata,
      extensions,
      referenceTaskIds: [],
    },
    configuration: {
      ...(acceptedOutputModes.length > 0 && { acceptedOutputModes }),
      taskPushNotificationConfig: pushNotification && toSdkPushConfig('', pushNotification),
      ...(returnImmediately && { returnImmediately }),
    },
    metadata: undefined,
  };
}

/** @param taskId empty for the task that a message begins. */
export function toSdkPushConfig(
  taskId: string,
  { authentication, token = '', url }: A2APushNotificationConfig,
): SdkPushConfig {
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

function toSdkPart(part: A2APart): SdkPart {
  const { filename = '', mediaType = '', metadata } = part;
  return { content: contentOf(part), metadata, filename, mediaType };
}

function contentOf(part: A2APart): SdkPart['content'] {
  switch (part.type) {
    case 'text':
      return { $case: 'text', value: part.text };
    case 'url':
      return { $case: 'url', value: part.url };
    case 'raw': {
      const { raw } = part;
      return {
        $case: 'raw',
        value: typeof raw === 'string' ? convertBase64ToUint8Array(raw) : raw,
      };
    }
    case 'data':
      return { $case: 'data', value: part.data };
  }
}
