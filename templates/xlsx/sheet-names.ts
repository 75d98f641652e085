import { badSheet } from './errors.ts';

/** Names of sheets being written: checked as Excel would, unique without case. */
export interface SheetNames {
  /** Takes a name, or refuses it. */
  take(name: string): string;
  /** A name for the next part of a sheet that was split: `name (2)`, shortened to fit. */
  takePart(name: string, part: number): string;
}

const LONGEST = 31;

export function createSheetNames(): SheetNames {
  const taken = new Set<string>();
  return {
    take(name) {
      const problem =
        nameProblem(name) ?? (taken.has(name.toLowerCase()) ? ['名称重复', 'the name is taken'] : undefined);
      if (problem) throw badSheet(name, problem[0]!, problem[1]!);
      taken.add(name.toLowerCase());
      return name;
    },
    takePart(name, part) {
      for (let number = part; ; number++) {
        const suffix = ` (${number})`;
        const candidate = name.slice(0, LONGEST - suffix.length).replace(/\p{Cs}$/u, '') + suffix;
        if (taken.has(candidate.toLowerCase())) continue;
        taken.add(candidate.toLowerCase());
        return candidate;
      }
    },
  };
}

function nameProblem(name: string): [zh: string, en: string] | undefined {
  if (name === '' || name.length > LONGEST)
    return [`名称须为 1 至 ${LONGEST} 个字符`, `a name has 1 to ${LONGEST} characters`];
  if (/[[\]:*?/\\]|\p{Cc}/u.test(name))
    return ['名称含有 [ ] : * ? / \\ 等字符', 'the name holds one of [ ] : * ? / \\'];
  if (name.startsWith("'") || name.endsWith("'")) return ["名称以 ' 开头或结尾", "the name starts or ends with '"];
  return undefined;
}
