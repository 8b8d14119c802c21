import { Role, type SendMessageRequest } from '@a2a-js/sdk';

/** A request of the 1.x SDK that sends one text. */
export function a2aRequest(
  text: string,
  more: { taskId?: string; contextId?: string; metadata?: Record<string, unknown> } = {},
): SendMessageRequest & { message: object } {
  return {
    tenant: '',
    configuration: undefined,
    metadata: undefined,
    message: {
      messageId: crypto.randomUUID(),
      contextId: '',
      taskId: '',
      role: Role.ROLE_USER,
      parts: [
        {
          content: { $case: 'text', value: text },
          mediaType: 'text/plain',
          filename: '',
          metadata: undefined,
        },
      ],
      metadata: undefined,
      extensions: [],
      referenceTaskIds: [],
      ...more,
    },
  };
}
