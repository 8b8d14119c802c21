/** Rules by the name and the value of a label. */
export type RulesByLabel<RULE> = Record<string, Record<string, RULE>>;

/** A rule that applies to a call. */
interface AppliedRule<RULE> {
  /** The option, for messages: `byLabel.team.search`. */
  option: string;
  name: string;
  /** The call's value of the label. */
  value: string | undefined;
  rule: RULE;
}

/** The rules that apply to a call with these labels. */
export function rulesFor<RULE>(
  rules: RulesByLabel<RULE> = {},
  labels: Record<string, string> = {},
): AppliedRule<RULE>[] {
  return Object.entries(rules).flatMap(([name, values]) => {
    const value = Object.hasOwn(labels, name) ? labels[name] : undefined;
    const key = value !== undefined && Object.hasOwn(values, value) ? value : '*';
    const rule = Object.hasOwn(values, key) ? values[key] : undefined;
    return rule === undefined ? [] : [{ option: `byLabel.${name}.${key}`, name, value, rule }];
  });
}
