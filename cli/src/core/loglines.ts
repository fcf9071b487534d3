import { plainText } from './plain-text';

/** What a log says where something went wrong; as the tutorial's `grep -i error`, and its kin. */
export const ERROR_PATTERN = '\\b(error|exception|panic|fatal)\\b';

/** Longer lines are looked at no further: a pattern must not take its time over a megabyte. */
const LONGEST_LINE = 4_096;

/** Lines of logs that match. */
export interface MatchedLines {
  readonly lines: number;
  readonly matched: number;
  /** The last of them, as they may be shown. */
  readonly examples: readonly string[];
}

export function matchedLines(log: string, pattern: RegExp, mostExamples = 3): MatchedLines {
  const lines = log.split('\n').filter((line) => line !== '');
  const matched = lines.map((line) => plainText(line.slice(0, LONGEST_LINE))).filter((line) => pattern.test(line));
  return { lines: lines.length, matched: matched.length, examples: mostExamples === 0 ? [] : matched.slice(-mostExamples) };
}

export function addedLines(parts: readonly MatchedLines[], mostExamples = 3): MatchedLines {
  return {
    lines: parts.reduce((sum, { lines }) => sum + lines, 0),
    matched: parts.reduce((sum, { matched }) => sum + matched, 0),
    examples: parts.flatMap(({ examples }) => examples).slice(0, mostExamples),
  };
}
