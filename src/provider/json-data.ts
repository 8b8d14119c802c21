import type { JSONValue } from '@ai-sdk/provider';

/** The data parts of an answer whose caller asked for JSON. */
export class JsonData {
  private readonly values = new Map<string, JSONValue[]>();

  append(key: string, value: JSONValue): void {
    this.values.set(key, [...(this.values.get(key) ?? []), value]);
  }

  /** The artifact as it stands now. */
  replace(key: string, values: JSONValue[]): void {
    if (values.length > 0) this.values.set(key, values);
  }

  /** One JSON text: of the value, or of a list of them. Empty without data. */
  get text(): string {
    const [first, ...others] = [...this.values.values()].flat();
    if (first === undefined) return '';
    return JSON.stringify(others.length === 0 ? first : [first, ...others]);
  }
}

export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
