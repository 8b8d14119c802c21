import type { AgentCard } from '@a2a-js/sdk';

/**
 * As much of the A2A SDK's `Client` (`@a2a-js/sdk/client`, 1.x) as is called. The SDK's own `Client`, made
 * by its `ClientFactory`, has all of it. What it answers is not believed: it is read like any other answer.
 */
export interface A2ASdkClient {
  /** `'1.0'` or `'0.3'`. Default: `'1.0'`. */
  readonly protocolVersion?: string;
  /** The card that the client was made from, or the one for callers that the agent knows. */
  getAgentCard?(options?: SdkRequestOptions): Promise<AgentCard>;
  sendMessage(params: SdkSendRequest, options?: SdkRequestOptions): Promise<object>;
  sendMessageStream(
    params: SdkSendRequest,
    options?: SdkRequestOptions,
  ): AsyncGenerator<object, void, undefined>;
  resubscribeTask(
    params: SdkTaskRequest,
    options?: SdkRequestOptions,
  ): AsyncGenerator<object, void, undefined>;
  getTask(params: SdkTaskRequest, options?: SdkRequestOptions): Promise<object>;
  cancelTask(
    params: SdkTaskRequest & { metadata: Record<string, unknown> | undefined },
    options?: SdkRequestOptions,
  ): Promise<object>;
  listTasks(params: SdkListRequest, options?: SdkRequestOptions): Promise<object>;
  createTaskPushNotificationConfig(
    params: SdkPushConfig,
    options?: SdkRequestOptions,
  ): Promise<object>;
}

export interface SdkRequestOptions {
  signal?: AbortSignal;
  /** Headers, or gRPC metadata. */
  serviceParameters?: Record<string, string>;
}

interface SdkTaskRequest {
  tenant: string;
  id: string;
}

interface SdkListRequest {
  tenant: string;
  contextId: string;
  /** 0 for any. */
  status: number;
  pageSize?: number | undefined;
  pageToken: string;
  historyLength?: number | undefined;
  statusTimestampAfter: string | undefined;
}

export interface SdkPushConfig {
  tenant: string;
  id: string;
  taskId: string;
  url: string;
  token: string;
  authentication: { scheme: string; credentials: string } | undefined;
}

/** What may be undefined in it is set by this package: the SDK's own types allow it. */
export interface SdkSendRequest {
  tenant: string;
  message: SdkMessage | undefined;
  configuration:
    | {
        /** Without it the client's own configuration decides. */
        acceptedOutputModes?: string[];
        taskPushNotificationConfig: SdkPushConfig | undefined;
        /** Without it the client's own configuration decides. */
        returnImmediately?: boolean;
      }
    | undefined;
  metadata: Record<string, unknown> | undefined;
}

interface SdkMessage {
  messageId: string;
  contextId: string;
  taskId: string;
  /** 1 for the user. */
  role: number;
  parts: SdkPart[];
  metadata: Record<string, unknown> | undefined;
  extensions: string[];
  referenceTaskIds: string[];
}

export interface SdkPart {
  content?: SdkContent | undefined;
  metadata: Record<string, unknown> | undefined;
  filename: string;
  mediaType: string;
}

type SdkContent =
  | { $case: 'text'; value: string }
  | { $case: 'url'; value: string }
  | { $case: 'raw'; value: Uint8Array }
  | { $case: 'data'; value: unknown };
