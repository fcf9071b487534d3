import { plainText } from '../text/plain-text';

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

/**
 * Counts the lines of a log.
 *
 * @param log as the API gives it with `timestamps`: the time before each line
 * @param since ISO 8601; the API itself takes whole seconds, so lines of the second before would be among them
 */
export function matchedLines(log: string, pattern: RegExp, since: string, mostExamples = 3): MatchedLines {
  const lines = log.split('\n').flatMap((line) => {
    const split = line.indexOf(' ');
    const [stamp, text] = [line.slice(0, split), line.slice(split + 1)];
    return text !== '' && Date.parse(stamp) >= Date.parse(since) ? [text] : [];
  });
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
