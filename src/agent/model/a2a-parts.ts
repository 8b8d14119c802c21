import { type Artifact, Part } from '@a2a-js/sdk';
import type { JSONValue } from '@ai-sdk/provider';

export function textPart(value: string): Part {
  return partOf({ $case: 'text', value }, 'text/plain');
}

export function thoughtPart(value: string): Part {
  return { ...textPart(value), metadata: { thought: true } };
}

export function dataPart(value: JSONValue): Part {
  return partOf({ $case: 'data', value }, 'application/json');
}

export function filePart({ base64, mediaType }: { base64: string; mediaType: string }): Part {
  // The codec converts base64 to bytes on every runtime.
  return Part.fromJSON({ raw: base64, mediaType });
}

export function linkPart(url: string, title: string | undefined): Part {
  return { ...partOf({ $case: 'url', value: url }, ''), filename: title ?? '' };
}

export function artifactOf(artifactId: string, part: Part): Artifact {
  return {
    artifactId,
    name: '',
    description: '',
    parts: [part],
    metadata: undefined,
    extensions: [],
  };
}

function partOf(content: Part['content'], mediaType: string): Part {
  return { content, mediaType, filename: '', metadata: undefined };
}
